"""Payments that disagree with our records: they become orders anyway, and raise alerts."""

import uuid
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.test import Client

from alerts.models import Alert
from orders.checkout import complete
from orders.checkout.match import fetch
from orders.models import Checkout, CheckoutLine, Order
from products.models import ProductPage, Reservation
from stripe_sandbox import Sandbox
from tests.conftest import deliver, form, session_of
from tests.orders.selling import at_once, buy, only_order, open_page, success
from users.models import User


def forget_checkouts() -> None:
    """A backup was restored that is older than the checkout."""
    Reservation.objects.all().delete()
    CheckoutLine.objects.all().delete()
    Checkout.objects.all().delete()


def causes() -> list[str]:
    return [row.key.partition(":")[0] for row in Alert.objects.all()]


def change(sandbox: Sandbox, session_id: str, **fields: Any) -> None:
    sandbox.state.save({**(sandbox.state.get("checkout.session", session_id) or {}), **fields})


def test_another_amount_is_recorded_as_stripe_reports_it_and_raises_an_alert(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    session_id = buy(synced, member, lamp)
    change(synced, session_id, amount_subtotal=140000, amount_total=140000)
    success(member, session_id)
    order = Order.objects.get()
    assert (order.subtotal, order.total) == (140000, 140000)
    assert [line.unit_amount for line in order.lines.all()] == [149900]
    assert causes() == ["amount-differs"]
    assert "₹1,400.00" in Alert.objects.get().message and "₹1,499.00" in Alert.objects.get().message


def test_another_currency_is_recorded_as_stripe_reports_it_and_raises_an_alert(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    session_id = buy(synced, member, lamp)
    change(synced, session_id, currency="usd")
    success(member, session_id)
    assert Order.objects.get().currency == "usd"
    assert causes() == ["amount-differs"]


def test_discount_shipping_and_tax_are_recorded_and_raise_no_alert(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    session_id = buy(synced, member, lamp)
    details = {"amount_discount": 10000, "amount_shipping": 5000, "amount_tax": 700}
    change(synced, session_id, total_details=details, amount_total=145600)
    success(member, session_id)
    order = only_order()
    assert (order.subtotal, order.discount, order.shipping, order.tax, order.total) == (
        149900,
        10000,
        5000,
        700,
        145600,
    )
    assert causes() == []


def test_nothing_due_is_an_order_without_a_payment(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    for title, quantity in (("one", 1), ("another", 2)):
        session_id = buy(synced, member, lamp, quantity)
        free = {"payment_status": "no_payment_required", "payment_intent": None, "amount_total": 0}
        change(synced, session_id, **free, total_details={"amount_discount": 149900 * quantity})
        assert success(member, session_id).status_code == 303, title
    assert set(Order.objects.values_list("total", "payment_intent")) == {(0, None)}
    assert "Nothing to pay" in Order.objects.first().status_text  # type: ignore[union-attr]


@pytest.mark.parametrize("status", ["replaced", "expired", "failed"])
def test_a_closed_checkout_that_is_paid_becomes_an_order_and_raises_an_alert(
    synced: Sandbox, member: Client, lamp: ProductPage, status: str
) -> None:
    buy(synced, member, lamp)
    Checkout.objects.update(status=status)
    deliver(synced)
    assert only_order().total == 149900
    assert causes() == ["paid-after-close"]
    assert Checkout.objects.get().status == "complete"


def test_two_payments_for_one_checkout_are_two_orders_and_raise_an_alert(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    first = buy(synced, member, lamp)
    deliver(synced)
    session = synced.state.get("checkout.session", first)
    assert session is not None
    synced.state.add({**session, "id": "cs_test_second", "payment_intent": "pi_second"})
    assert success(member, "cs_test_second").status_code == 303
    assert set(Order.objects.values_list("session_id", flat=True)) == {first, "cs_test_second"}
    assert causes() == ["paid-twice"]


def test_a_second_payment_with_another_amount_raises_two_alerts(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    session = synced.state.get("checkout.session", buy(synced, member, lamp))
    deliver(synced)
    assert session is not None
    second = {
        "id": "cs_test_second",
        "payment_intent": "pi_second",
        "amount_subtotal": 1000,
        "amount_total": 1000,
    }
    synced.state.add({**session, **second})
    assert success(member, "cs_test_second").status_code == 303
    assert sorted(causes()) == ["amount-differs", "paid-twice"]


@pytest.mark.parametrize("how", ["webhook", "success page"])
def test_a_paid_session_without_a_checkout_becomes_an_order_and_raises_an_alert(
    synced: Sandbox, member: Client, shopper: User, lamp: ProductPage, quilt: ProductPage, how: str
) -> None:
    session_id = session_of(member.post("/checkout/", form((lamp, 2), (quilt, 1))))
    synced.pay(session_id)
    forget_checkouts()
    if how == "webhook":
        assert deliver(synced).status_code == 200
    assert success(member, session_id).status_code == 303
    order = only_order()
    assert (order.user, order.checkout, order.account) == (shopper, None, synced.account)
    assert [
        (line.name, line.unit_amount, line.quantity) for line in order.lines.order_by("unit_amount")
    ] == [
        ("Brass lamp", 149900, 2),
        ("Quilt", 249900, 1),
    ]
    assert {line.product.translation_key for line in order.lines.all() if line.product} == {
        lamp.product_key,
        quilt.product_key,
    }
    assert causes() == ["no-checkout"]


def test_after_a_restored_backup_a_new_user_with_the_lost_shoppers_id_gets_nothing(
    synced: Sandbox, member: Client, shopper: User, lamp: ProductPage
) -> None:
    session_id = buy(synced, member, lamp)
    forget_checkouts()
    User.objects.update(
        email="newcomer@example.com", date_joined=shopper.date_joined + timedelta(hours=1)
    )
    assert success(member, session_id).status_code == 404
    order = only_order()
    assert (order.user, order.email) == (None, "shopper@example.com")
    assert member.get(order.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("user", ["", "no number", "-1", "9" * 30, "٣", "0"])
def test_a_session_that_names_no_user_is_an_order_without_one(
    synced: Sandbox, member: Client, lamp: ProductPage, user: str
) -> None:
    session_id = buy(synced, member, lamp)
    forget_checkouts()
    session = synced.state.get("checkout.session", session_id)
    assert session is not None
    change(synced, session_id, metadata={**session["metadata"], "user": user})
    assert deliver(synced).status_code == 200
    assert only_order().user is None


def test_eight_completions_at_once_without_a_checkout_give_one_order(
    committed_db: None, synced: Sandbox, member: Client, lamp: ProductPage, quilt: ProductPage
) -> None:
    for page in (lamp, quilt):
        session_id = buy(synced, member, page)
        before = Order.objects.count()
        CheckoutLine.objects.filter(checkout__session_id=session_id).delete()
        Reservation.objects.all().delete()
        Checkout.objects.filter(session_id=session_id).delete()
        snapshot = fetch(session_id)
        completed = at_once(*[partial(complete.complete, snapshot, source="test")] * 8)
        assert sorted(each.outcome for each in completed) == ["created"] + ["existing"] * 7
        assert Order.objects.count() == before + 1
        assert Order.objects.get(session_id=session_id).lines.count() == 1
    assert causes() == ["no-checkout"] * 2


def test_a_session_in_another_mode_is_not_an_order(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    session_id = buy(synced, member, lamp)
    change(synced, session_id, mode="setup")
    assert success(member, session_id).status_code in (404, 409, 200)
    assert not Order.objects.exists()
    assert open_page(member, lamp, 2) != session_id


def test_a_session_that_names_a_missing_checkout_is_handled(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    session_id = buy(synced, member, lamp)
    session = synced.state.get("checkout.session", session_id)
    assert session is not None
    change(synced, session_id, metadata={**session["metadata"], "checkout": str(uuid.uuid4())})
    assert deliver(synced).status_code == 200
    assert only_order().total == 149900
