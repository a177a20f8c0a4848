"""Reconciliation: paid sessions at Stripe and our orders, in both directions, amounts included."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.utils import timezone

from alerts.models import Alert
from alerts.raising import resolve_by_staff
from orders.alerts import DISCREPANCY
from orders.checkout import poll
from orders.models import Checkout, Order, OrderEvent, OrderLine, Reconciliation
from orders.reconciliation.run import reconcile
from orders.statuses import CheckoutStatus
from products.models import ProductPage, Reservation
from stripe_sandbox import Sandbox
from tests.conftest import calls, deliver
from tests.orders.selling import (
    SESSIONS,
    alter,
    buy,
    let_time_pass,
    only_order,
    open_page,
    refusing,
)
from users.models import User
from worker import registry


@pytest.fixture
def sold(synced: Sandbox, member: Client, lamp: ProductPage) -> str:
    """The session of one order that agrees."""
    session_id = buy(synced, member, lamp)
    deliver(synced)
    synced.requests.clear()
    return session_id


def texts(row: Reconciliation) -> list[str]:
    return [found["what"] for found in row.discrepancies]


def lose_metadata(sandbox: Sandbox, session_id: str) -> None:
    alter(sandbox, "checkout.session", session_id, metadata={})


def resolve(user: User, note: str = "Refunded by hand.") -> None:
    assert resolve_by_staff(Alert.objects.get(), user, note)


def test_a_payment_without_any_event_becomes_an_order(
    synced: Sandbox, member: Client, lamp: ProductPage, quilt: ProductPage
) -> None:
    buy(synced, member, lamp, 2)
    deliver(synced)
    lost = buy(synced, member, quilt)
    row = reconcile()
    assert row.agrees and row.is_deep
    assert (row.sessions, row.orders, row.created_orders, row.not_ours) == (2, 2, 1, 0)
    assert row.stripe_total == row.orders_total == 2 * 149900 + 249900
    order = Order.objects.get(session_id=lost)
    assert order.events.get().text == "₹2,499.00 paid, confirmed by reconciliation."
    assert not Alert.objects.exists()


def test_when_everything_agrees_it_takes_a_request_per_list(synced: Sandbox, sold: str) -> None:
    assert reconcile().agrees
    lists = [f"GET {SESSIONS}", "GET /v1/refunds", "GET /v1/disputes"]
    assert calls(synced) == ["GET /v1/account", *lists]


def test_the_worker_reconciles(synced: Sandbox, member: Client, lamp: ProductPage) -> None:
    lost = buy(synced, member, lamp)
    registry.find("reconcile_orders").function()
    assert only_order().session_id == lost
    assert Reconciliation.objects.get().agrees


def test_another_amount_at_stripe_raises_an_alert_until_it_is_gone(
    synced: Sandbox, sold: str
) -> None:
    alter(synced, "checkout.session", sold, amount_total=140000)
    row = reconcile()
    assert row.discrepancy_count == 1 and not row.agrees
    assert texts(row) == ["Total: ₹1,400.00 at Stripe, ₹1,499.00 on the order."]
    assert row.discrepancies[0]["order"] == only_order().number
    assert Alert.objects.get().key == f"discrepancy:{sold}"
    assert not reconcile().agrees
    assert Alert.objects.get().times == 2
    assert only_order().total == 149900
    alter(synced, "checkout.session", sold, amount_total=149900)
    assert reconcile().agrees
    assert Alert.objects.get().resolved_at


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (
            {"total_details": {"amount_discount": 100, "amount_shipping": 0, "amount_tax": 0}},
            "Discount: ₹1.00 at Stripe, ₹0.00 on the order.",
        ),
        ({"amount_subtotal": 149901}, "Subtotal: ₹1,499.01 at Stripe, ₹1,499.00 on the order."),
        ({"payment_intent": None}, "The payment intent differs."),
        ({"payment_status": "unpaid"}, "The session is not paid at Stripe."),
        ({"status": "expired"}, "The session is not paid at Stripe."),
    ],
    ids=["discount", "subtotal", "intent", "unpaid", "expired"],
)
def test_each_difference_is_named(
    synced: Sandbox, sold: str, change: dict[str, Any], text: str
) -> None:
    alter(synced, "checkout.session", sold, **change)
    row = reconcile()
    assert texts(row) == [text]
    assert row.orders == 1


def test_an_order_whose_session_is_not_at_stripe_is_reported(synced: Sandbox, sold: str) -> None:
    synced.state.run("DELETE FROM objects WHERE id = ?", sold)
    row = reconcile()
    assert texts(row) == ["The order is for ₹1,499.00, but its session does not exist at Stripe."]
    assert (row.sessions, row.orders, row.discrepancy_count) == (0, 1, 1)
    assert only_order().session_id == sold


def test_what_staff_have_explained_is_listed_but_not_counted(
    synced: Sandbox, sold: str, shopper: User
) -> None:
    alter(synced, "checkout.session", sold, amount_total=140000)
    assert not reconcile().agrees
    resolve(shopper)
    row = reconcile()
    assert row.agrees
    assert [found["explained"] for found in row.discrepancies] == [True]
    assert not Alert.objects.open().exists()
    # The note explains that amount and no other.
    alter(synced, "checkout.session", sold, amount_total=130000)
    assert reconcile().discrepancy_count == 1
    assert Alert.objects.open().exists()


def test_a_session_without_a_checkout_becomes_an_order_from_its_line_items(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    lost = buy(synced, member, lamp, 2)
    alter(
        synced,
        "checkout.session",
        lost,
        metadata=metadata_of(synced, lost) | {"checkout": str(uuid4())},
    )
    row = reconcile()
    assert row.agrees and row.created_orders == 1
    order = only_order()
    assert order.checkout is None and str(order.lines.get()) == "2 × Brass lamp"
    assert Alert.objects.get().key == f"no-checkout:{lost}"


def metadata_of(sandbox: Sandbox, session_id: str) -> dict[str, str]:
    record = sandbox.state.get("checkout.session", session_id)
    assert record
    return dict(record["metadata"])


def test_a_session_of_another_shop_on_the_account_is_ignored(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    other = buy(synced, member, lamp)
    alter(
        synced,
        "checkout.session",
        other,
        metadata={"installation": str(uuid4()), "checkout": str(uuid4())},
    )
    Checkout.objects.update(session_id="cs_test_ours", status=CheckoutStatus.EXPIRED)
    row = reconcile()
    assert row.agrees
    assert (row.sessions, row.not_ours, row.created_orders) == (0, 1, 0)
    assert not Order.objects.exists()


def test_a_session_in_another_mode_is_ignored(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    alter(synced, "checkout.session", buy(synced, member, lamp), mode="subscription")
    row = reconcile()
    assert row.agrees and (row.sessions, row.not_ours) == (0, 1)
    assert not Order.objects.exists()


def test_a_session_that_lost_its_metadata_is_completed_from_its_checkout(
    synced: Sandbox, member: Client, shopper: User, lamp: ProductPage
) -> None:
    lost = buy(synced, member, lamp)
    lose_metadata(synced, lost)
    row = reconcile()
    assert row.agrees and (row.sessions, row.orders, row.created_orders, row.not_ours) == (
        1,
        1,
        1,
        0,
    )
    order = only_order()
    assert (order.session_id, order.user, order.checkout) == (lost, shopper, Checkout.objects.get())
    assert [str(line) for line in order.lines.all()] == ["1 × Brass lamp"]
    assert not Alert.objects.exists()


def test_an_order_whose_session_lost_its_metadata_agrees(synced: Sandbox, sold: str) -> None:
    lose_metadata(synced, sold)
    row = reconcile()
    assert row.agrees and (row.sessions, row.orders, row.not_ours) == (1, 1, 0)


def test_after_the_sandbox_was_emptied_old_orders_are_not_reported(
    synced: Sandbox, sold: str
) -> None:
    before = reconcile()
    synced.reset()
    row = reconcile()
    assert row.agrees and row.is_deep and row.account == synced.account != before.account
    assert (row.sessions, row.orders) == (0, 0)
    assert not Alert.objects.exists()


def test_a_discrepancy_in_another_account_stays_open(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    alter(synced, "checkout.session", buy(synced, member, lamp), amount_total=1)
    deliver(synced)
    alter(synced, "checkout.session", only_order().session_id, amount_total=2)
    assert not reconcile().agrees
    synced.reset()
    assert reconcile().agrees
    assert Alert.objects.open().count() == 1


def test_live_orders_are_not_compared_with_test_sessions_of_the_same_account(
    synced: Sandbox, sold: str
) -> None:
    Order.objects.create(
        account=f"{synced.account}/live",
        livemode=True,
        session_id="cs_live_1",
        currency="inr",
        subtotal=100,
        total=100,
        session_created_at=timezone.now(),
        placed_at=timezone.now(),
    )
    row = reconcile()
    assert row.agrees and row.orders == 1


def test_live_checkouts_are_left_alone_with_a_test_key_and_raise_one_alert(
    synced: Sandbox, member: Client, shopper: User, lamp: ProductPage
) -> None:
    synced.pay(open_page(member, lamp), bank="000000000009")
    deliver(synced)
    Checkout.objects.update(account=f"{synced.account}/live", session_id="cs_live_1")
    let_time_pass(timedelta(days=2))
    for _ in range(2):
        poll.poll_checkouts()
        assert reconcile().agrees
    assert Checkout.objects.get().status == "processing"
    assert Reservation.objects.exists()
    row = Alert.objects.get()
    assert row.key.startswith(f"other-account:{synced.account}/live:")
    assert row.link == "/admin/checkouts/?status=all"
    assert row.message.endswith(f"Unfinished checkouts in {synced.account}/live: 1.")
    resolve(shopper, "A test; the live key comes back.")
    reconcile()
    assert not Alert.objects.open().exists()
    Checkout.objects.update(
        created_at=timezone.now()
    )  # another alert, the next time the key changes
    reconcile()
    assert Alert.objects.open().count() == 1
    Checkout.objects.update(account=synced.account)
    reconcile()
    assert not Alert.objects.open().exists()


def test_a_run_interrupted_by_an_error_of_ours_says_so(
    committed_db: None, synced: Sandbox, member: Client, lamp: ProductPage, shopper: User
) -> None:
    alter(synced, "checkout.session", buy(synced, member, lamp), amount_total=1)
    deliver(synced)
    alter(synced, "checkout.session", only_order().session_id, amount_total=2)
    with refusing("alerts_alert"):
        for _ in range(2):
            with pytest.raises(DatabaseError):
                reconcile()
    broken = Reconciliation.objects.get()  # of both, the later: the reason is the same
    assert "disk full" in broken.error and broken.finished_at is None
    assert reconcile().discrepancy_count == 1


def test_an_expired_checkout_is_polled_however_old_it_is(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    session_id = buy(synced, member, lamp)
    alter(synced, "checkout.session", session_id, created=synced.state.now() - 90 * 86400)
    let_time_pass(timedelta(hours=1))
    row = reconcile()
    assert row.agrees and row.created_orders == 1
    assert only_order().session_id == session_id


def test_an_expired_checkout_is_closed(synced: Sandbox, member: Client, lamp: ProductPage) -> None:
    open_page(member, lamp)
    synced.advance(3600)
    let_time_pass(timedelta(hours=1))
    row = reconcile()
    assert row.agrees and row.created_orders == 0
    assert Checkout.objects.get().status == CheckoutStatus.EXPIRED


def test_an_order_with_a_wrong_session_date_is_counted_once(synced: Sandbox, sold: str) -> None:
    """The order's session date is a little too early, or much too late."""
    session = synced.state.get("checkout.session", sold)
    assert session
    Order.objects.update(session_created_at=timezone.now() - timedelta(days=50))
    row = reconcile()  # the session is within the period, the order is not
    assert row.agrees and (row.sessions, row.orders) == (1, 1)
    alter(synced, "checkout.session", sold, created=session["created"] - 50 * 86400)
    Order.objects.update(session_created_at=timezone.now() - timedelta(hours=1))
    row = reconcile()  # the order is within the period, the session is not
    assert row.agrees and (row.sessions, row.orders) == (0, 0)


def test_a_session_that_cannot_be_completed_does_not_stop_the_run(
    committed_db: None, synced: Sandbox, member: Client, lamp: ProductPage, quilt: ProductPage
) -> None:
    first = buy(synced, member, lamp)
    deliver(synced)
    lost = buy(synced, member, quilt)
    alter(synced, "checkout.session", first, amount_total=1)
    with refusing("orders_order"):
        row = reconcile()
    assert sorted(found["session"] for found in row.discrepancies) == sorted([first, lost])
    assert Order.objects.count() == OrderEvent.objects.count() == OrderLine.objects.count() == 1
    reconcile()
    assert Order.objects.count() == 2
    assert not Alert.objects.open().filter(key=DISCREPANCY.key_for(lost)).exists()


def test_a_second_order_for_one_session_is_reported_even_without_the_unique_key(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    session_id = buy(synced, member, lamp)
    deliver(synced)
    with connection.cursor() as cursor:
        cursor.execute(
            "SET CONSTRAINTS ALL IMMEDIATE"
        )  # a table with checks to come cannot be changed
        for name in ("orders_order_session_id_key", "orders_order_payment_intent_key"):
            cursor.execute(f"ALTER TABLE orders_order DROP CONSTRAINT {name}")
    second = only_order()
    second.pk, second.number = None, "ZZZZZZZZ"
    second.save()
    row = reconcile()
    assert (row.sessions, row.orders, row.discrepancy_count) == (1, 2, 1)
    assert row.discrepancies[0]["what"] == "This is a second order for the same session."
    assert Alert.objects.get().key == f"discrepancy:{session_id}"
