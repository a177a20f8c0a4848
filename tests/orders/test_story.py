"""A sale from the form to the order, through the real library, over a real socket."""

from django.test import Client

from orders.models import Checkout, Order
from orders.statuses import CheckoutStatus
from products.models import ProductPage, Reservation
from stripe_sandbox import Sandbox
from tests.conftest import calls, deliver, form, session_of


def test_two_lamps_are_bought_in_one_call_and_become_an_order_by_webhook(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    session_id = session_of(member.post("/checkout/", form((lamp, 2))))
    assert calls(synced) == ["POST /v1/checkout/sessions"]

    synced.pay(session_id)
    synced.requests.clear()
    assert deliver(synced).status_code == 200
    order = Order.objects.get()
    assert (order.subtotal, order.total, order.currency) == (299800, 299800, "inr")
    assert [(line.name, line.unit_amount, line.quantity) for line in order.lines.all()] == [
        ("Brass lamp", 149900, 2)
    ]
    assert calls(synced) == []

    page = member.get(f"/checkout/success/?session_id={session_id}")
    assert (page.status_code, page["Location"]) == (303, f"/orders/{order.number}/")
    assert calls(synced) == []
    assert "₹2,998.00" in member.get(page["Location"]).content.decode()
    assert not Reservation.objects.exists()
    assert Checkout.objects.get().status == CheckoutStatus.COMPLETE


def test_the_success_page_alone_makes_the_order_with_one_call(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    session_id = session_of(member.post("/checkout/", form((lamp, 1))))
    synced.pay(session_id)
    synced.requests.clear()
    assert member.get(f"/checkout/success/?session_id={session_id}").status_code == 303
    assert calls(synced) == [f"GET /v1/checkout/sessions/{session_id}"]
    assert Order.objects.get().total == 149900
