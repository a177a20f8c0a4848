"""Refunds from an order's page in the admin."""

from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from wagtail.models import ModelLogEntry

from orders.models import Order, Refund
from products.models import ProductPage
from stripe_sandbox import Sandbox
from tests.conftest import calls, deliver
from tests.orders.refunding import again, at_stripe, refund, sell
from tests.orders.selling import buy
from tests.staff import make_staff
from users.models import User

ClientOf = Callable[[User], Client]


@pytest.fixture
def order(synced: Sandbox, member: Client, lamp: ProductPage, quilt: ProductPage) -> Order:
    """Two lamps and a quilt, sent for 50.00."""
    return sell(synced, member, (lamp, 2), (quilt, 1), shipping=50_00)


@pytest.fixture
def finance(client_of: ClientOf, db: None) -> Client:
    """A browser of somebody who may refund."""
    return client_of(make_staff(role="Finance"))


def page(browser: Client, order: Order) -> str:
    """The order's page."""
    return browser.get(f"/admin/orders/inspect/{order.pk}/").content.decode()


def fields(response: Any) -> dict[str, str]:
    """The names and values of a form's fields as a browser would send them."""
    found: dict[str, str] = {}
    form = BeautifulSoup(response.content, "html.parser").select_one("main form")
    assert form is not None
    for field in form.select("input, textarea, select"):
        if field.get("type") != "checkbox" or field.has_attr("checked"):
            found[str(field["name"])] = str(field.get("value", ""))
    return found


def open_form(browser: Client, order: Order) -> dict[str, str]:
    """The fields of a form that was just opened."""
    sent = fields(browser.get(f"/admin/orders/{order.pk}/refund/"))
    return {**sent, "reason": "requested_by_customer"}


def fill(browser: Client, order: Order, **changes: Any) -> Any:
    """Open the form, enter something, and press Continue."""
    return browser.post(
        f"/admin/orders/{order.pk}/refund/", {**open_form(browser, order), **changes}
    )


def confirm(browser: Client, order: Order, response: Any) -> Any:
    """Press the button of the page that says what will happen."""
    return browser.post(f"/admin/orders/{order.pk}/refund/", fields(response), follow=True)


def quantity_of(order: Order, name: str) -> str:
    """The name of the field for the quantity of a product."""
    return f"quantity_{order.lines.get(name=name).pk}"


def test_finance_refunds_an_item_and_the_delivery(
    synced: Sandbox, finance: Client, order: Order
) -> None:
    assert f"/admin/orders/{order.pk}/refund/" in page(finance, order)
    summary = fill(finance, order, **{quantity_of(order, "Brass lamp"): "1", "shipping": "on"})
    text = summary.content.decode()
    assert "1 × Brass lamp: ₹1,499.00" in text and "Delivery: ₹50.00" in text
    assert "₹1,549.00 goes back to the card" in text and "cannot be undone" in text
    assert not Refund.objects.exists() and not at_stripe(synced)
    done = confirm(finance, order, summary)
    assert done.redirect_chain[-1][0] == again(order).admin_url
    shown = done.content.decode()
    assert "₹1,549.00 was refunded." in shown and "1 × Brass lamp, delivery" in shown
    assert "Partly refunded" in shown and "staff@example.com" in shown
    assert at_stripe(synced) == [(1549_00, "succeeded")]
    entry = ModelLogEntry.objects.get(action="orders.refund")
    assert entry.data["amount"] == 1549_00


def test_everything_that_is_left(synced: Sandbox, finance: Client, order: Order) -> None:
    refund(order, {"Quilt": 1}, other=0)
    refund(order, other=10_00)
    summary = fill(finance, order, everything="on")
    assert "goes back to the card" in summary.content.decode()
    confirm(finance, order, summary)
    assert again(order).left_to_refund == 0 and again(order).payment_status == "refunded"


def test_a_double_click_refunds_once(synced: Sandbox, finance: Client, order: Order) -> None:
    summary = fill(finance, order, other="12.50")
    confirm(finance, order, summary)
    confirm(finance, order, summary)
    assert at_stripe(synced) == [(12_50, "succeeded")] and Refund.objects.count() == 1
    assert ModelLogEntry.objects.filter(action="orders.refund").count() == 1


def test_a_stale_page_is_refused(synced: Sandbox, finance: Client, order: Order) -> None:
    summary = fill(finance, order, other="12.50")
    refund(order, other=5_00)
    answer = confirm(finance, order, summary)
    assert "since you opened this page" in answer.content.decode()
    assert at_stripe(synced) == [(5_00, "succeeded")] and Refund.objects.count() == 1


def test_a_wrong_amount_is_refused_with_a_message(
    synced: Sandbox, finance: Client, order: Order
) -> None:
    for other, message in (
        ("", "Enter what to refund"),
        ("0", "Enter what to refund"),
        ("-5", "Enter an amount such as ₹12.50"),
        ("12,50", "Enter an amount such as ₹12.50"),
        ("12.345", "Enter an amount such as ₹12.50"),
        ("€5", "Enter an amount such as ₹12.50"),
        ("lots", "Enter an amount such as ₹12.50"),
        ("999999999999", "is more than the"),
        ("9" * 40, "is more than the"),
        ("1\x002", "Null characters are not allowed"),
    ):
        answer = fill(finance, order, other=other)
        assert answer.status_code == 422 and message in answer.content.decode(), other
    assert not Refund.objects.exists() and not calls(synced)


def test_a_wrong_quantity_is_refused(synced: Sandbox, finance: Client, order: Order) -> None:
    for count in ("3", "-1", "1.5", "many", "9" * 40):
        answer = fill(finance, order, **{quantity_of(order, "Brass lamp"): count})
        assert answer.status_code == 422, count
    assert not Refund.objects.exists() and not calls(synced)


def test_the_amounts_can_be_changed_before_they_are_confirmed(
    finance: Client, order: Order
) -> None:
    summary = fill(finance, order, other="12.50")
    changed = finance.post(
        f"/admin/orders/{order.pk}/refund/", {**fields(summary), "change": "yes"}
    )
    assert fields(changed)["other"] == "12.50" and not Refund.objects.exists()


@pytest.mark.parametrize("role", ["Order desk", "Editors", "Price editors"])
def test_other_roles_cannot_refund(
    synced: Sandbox, client_of: ClientOf, order: Order, role: str
) -> None:
    browser = client_of(make_staff(role=role))
    url = f"/admin/orders/{order.pk}/refund/"
    assert browser.get(url).status_code in (302, 403)
    answer = browser.post(url, {"everything": "on", "confirmed": "yes"})
    assert answer.status_code in (302, 403)
    assert not Refund.objects.exists() and not calls(synced)
    if role == "Order desk":
        assert url not in page(browser, order)


def test_the_permission_alone_without_seeing_orders_is_not_enough(
    client_of: ClientOf, order: Order
) -> None:
    browser = client_of(make_staff("add_refund"))
    assert browser.get(f"/admin/orders/{order.pk}/refund/").status_code in (302, 403)


def test_a_shopper_and_a_stranger_are_refused(member: Client, order: Order) -> None:
    url = f"/admin/orders/{order.pk}/refund/"
    for browser in (member, Client()):
        answer = browser.post(url, {"everything": "on", "confirmed": "yes"})
        assert answer.status_code in (302, 403)
    assert not Refund.objects.exists()


def test_stripe_cannot_be_reached(synced: Sandbox, finance: Client, order: Order) -> None:
    summary = fill(finance, order, other="12.50")
    synced.fail_next(path="/v1/refunds", times=None)
    shown = confirm(finance, order, summary).content.decode()
    assert "It will be made as soon as possible" in shown and "Requested" in shown
    assert Refund.objects.get().status == "requested"


def test_after_a_chargeback_the_form_says_why_not(
    synced: Sandbox, finance: Client, order: Order
) -> None:
    synced.dispute(order.session_id)
    summary = fill(finance, order, other="12.50")  # no event has arrived
    shown = confirm(finance, order, summary).content.decode()
    assert "charged the payment back" in shown
    assert Refund.objects.get().status == "failed"


def test_details_that_cannot_be_retrieved_leave_the_amount(
    synced: Sandbox, finance: Client, member: Client, lamp: ProductPage
) -> None:
    session_id = buy(synced, member, lamp)
    deliver(synced)
    order = Order.objects.get(session_id=session_id)
    synced.fail_next(path="/v1/checkout/sessions", times=None)
    names = open_form(finance, order)
    assert "other" in names and not any(name.startswith("quantity") for name in names)
    synced.clear_faults()
    assert quantity_of(order, "Brass lamp") in open_form(finance, order)


def test_the_page_takes_the_same_number_of_queries_whatever_is_on_it(
    synced: Sandbox,
    finance: Client,
    order: Order,
) -> None:
    refund(order, other=100)
    page(finance, order)
    with CaptureQueriesContext(connection) as few:
        page(finance, order)
    for _ in range(4):
        refund(order, other=100)
        synced.dispute(order.session_id, "inquiry")
    with CaptureQueriesContext(connection) as many:
        page(finance, order)
    assert len(many) == len(few)
