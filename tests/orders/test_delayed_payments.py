"""Money that takes days: no order until it has come, and a plain word when it does not."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from alerts.models import Alert
from orders.checkout import complete, poll
from orders.checkout.match import fetch
from orders.models import Checkout, Order, StripeEvent
from orders.reconciliation.run import reconcile
from products.models import ProductPage, Reservation
from stripe_sandbox import Sandbox
from tests.conftest import calls, deliver, form, session_of
from tests.orders.selling import (
    alter,
    chosen,
    deliver_altered,
    let_time_pass,
    make_due,
    only_order,
    open_page,
    press,
    success,
    text_of,
    told,
)

PAYS, CLOSED, PENDING = "000123456789", "000111111113", "000000000009"


@pytest.fixture
def debited(synced: Sandbox, member: Client, lamp: ProductPage) -> str:
    """A session whose bank debit is processing, with the event about it delivered."""
    session_id = open_page(member, lamp, 2)
    synced.pay(session_id, bank=PENDING)
    deliver(synced)
    return session_id


def test_a_debit_under_way_is_no_order_and_is_shown_as_under_way(
    synced: Sandbox, member: Client, debited: str, lamp: ProductPage
) -> None:
    checkout = Checkout.objects.get()
    assert (checkout.status, Order.objects.count()) == ("processing", 0)
    assert Reservation.objects.get().key == checkout.pk
    assert StripeEvent.objects.get().reason.startswith("The shopper has not paid yet")
    waiting = success(member, debited)
    assert "Your bank is processing the payment" in text_of(waiting)
    assert 'data-pause="60"' in waiting.content.decode()  # seconds
    mine = text_of(member.get("/orders/"))
    assert "Payment processing" in mine and "2 × Brass lamp" in mine
    assert "₹2,998.00" in mine


def test_another_shopper_sees_nothing_of_it(
    debited: str, client_of: Callable[..., Client], django_user_model: type
) -> None:
    stranger = client_of(django_user_model.objects.create_user("stranger@example.com"))  # type: ignore[attr-defined]
    assert "processing" not in text_of(stranger.get("/orders/"))
    assert success(stranger, debited).status_code == 404


def test_the_money_arrives_and_the_page_that_waited_ends_in_the_order(
    synced: Sandbox, member: Client, debited: str
) -> None:
    assert success(member, debited).status_code == 200
    synced.settle(debited)
    synced.requests.clear()
    deliver(synced, "checkout.session.async_payment_succeeded")
    assert calls(synced) == []  # signed, paid, and as our checkout expects
    order = only_order()
    assert (order.total, order.checkout and order.checkout.status) == (299800, "complete")
    assert not Reservation.objects.exists()
    assert success(member, debited)["Location"] == order.get_absolute_url()
    assert "processing" not in text_of(member.get("/orders/"))


def test_without_any_webhook_the_page_finds_out_by_itself(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    session_id = open_page(member, lamp)
    synced.pay(session_id, bank=PAYS)
    assert success(member, session_id).status_code == 200
    assert Checkout.objects.get().status == "processing"
    synced.advance(11)
    Checkout.objects.update(checked_at=None)  # five seconds later
    assert success(member, session_id)["Location"] == only_order().get_absolute_url()


def test_a_debit_that_fails_is_said_on_the_page_and_in_my_orders(
    synced: Sandbox, member: Client, debited: str
) -> None:
    synced.fail(debited)
    deliver(synced, "checkout.session.async_payment_failed")
    assert (Checkout.objects.get().status, Order.objects.count()) == ("failed", 0)
    assert not Reservation.objects.exists()
    page = success(member, debited)
    assert page.status_code == 402
    assert "Your bank declined this payment. You have not been charged" in text_of(page)
    press(member, page, "Put these products back in the basket")
    assert list(chosen(member.get("/checkout/")).values()) == ["2"]
    assert "Payment failed. Nothing was charged." in text_of(member.get("/orders/"))
    assert not Alert.objects.exists()


def test_a_debit_that_fails_after_weeks_is_still_reported(
    synced: Sandbox, member: Client, debited: str
) -> None:
    let_time_pass(timedelta(days=30))
    synced.fail(debited)
    deliver(synced, "checkout.session.async_payment_failed")
    assert "Payment failed. Nothing was charged." in text_of(member.get("/orders/"))


@pytest.mark.parametrize("how", ["worker", "reconciler"])
def test_a_failure_without_an_event_is_found(
    synced: Sandbox, member: Client, debited: str, how: str
) -> None:
    synced.fail(debited)
    make_due()
    if how == "worker":
        poll.poll_checkouts()
    else:
        let_time_pass(timedelta(hours=1))
        assert reconcile().agrees
    assert (Checkout.objects.get().status, Order.objects.count()) == ("failed", 0)
    assert not Reservation.objects.exists()


def test_an_older_word_that_it_is_under_way_does_not_revive_a_failed_payment(
    synced: Sandbox, member: Client, debited: str
) -> None:
    under_way, event = fetch(debited), told(synced)
    synced.fail(debited)
    deliver(synced, "checkout.session.async_payment_failed")
    assert deliver_altered({**event, "id": "evt_late"}).status_code == 200
    assert complete.complete(under_way, source="a slow success page").outcome == "waiting"
    assert Checkout.objects.get().status == "failed"


def test_money_that_arrives_after_a_failure_is_an_order_and_calls_a_person(
    synced: Sandbox, member: Client, debited: str
) -> None:
    synced.fail(debited)
    deliver(synced, "checkout.session.async_payment_failed")
    alter(synced, "checkout.session", debited, payment_status="paid")
    assert reconcile().agrees
    assert only_order().total == 299800
    assert Alert.objects.get().key == f"paid-after-close:{debited}"


def test_pressing_buy_again_while_it_is_under_way_shows_that_payment_or_opens_another_page(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    data = form((lamp, 2))
    session_id = session_of(member.post("/checkout/", data))
    synced.pay(session_id, bank=PENDING)
    deliver(synced)
    # The same form is the same intent: no second payment.
    assert (
        member.post("/checkout/", data)["Location"] == f"/checkout/success/?session_id={session_id}"
    )
    # A new form is a new wish.
    assert open_page(member, lamp, 2) != session_id


def test_a_promotion_code_for_everything_is_an_order_without_a_payment(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    session_id = open_page(member, lamp)
    synced.pay(session_id, discount=149900)
    deliver(synced)
    order = only_order()
    assert (order.subtotal, order.discount, order.total, order.payment_intent) == (
        149900,
        149900,
        0,
        None,
    )
    assert success(member, session_id).status_code == 303
    assert reconcile().agrees
