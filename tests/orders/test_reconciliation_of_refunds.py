"""Refunds and disputes are compared in both directions, and what is missing is recorded."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from alerts.models import Alert
from orders import policy
from orders.models import Dispute, Order, Reconciliation, Refund
from orders.reconciliation.run import reconcile
from products.models import ProductPage
from stripe_sandbox import Sandbox
from tests.conftest import calls
from tests.orders.refunding import PENDING, again, open_alerts, refund, sell
from tests.orders.selling import alter, buy


@pytest.fixture
def order(synced: Sandbox, member: Client, lamp: ProductPage) -> Order:
    """Two lamps."""
    return sell(synced, member, (lamp, 2))


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy, "SECOND_LOOK_SECONDS", 0.0)


def differing(run: Reconciliation) -> list[str]:
    """What the run found to differ."""
    return [found["what"] for found in run.discrepancies]


def test_a_refund_of_which_no_event_arrived_is_recorded(synced: Sandbox, order: Order) -> None:
    synced.refund(order.session_id, 10_00)
    run = reconcile()
    assert run.agrees and (run.refunds, run.our_refunds) == (1, 1)
    assert run.refunds_total == run.our_refunds_total == 10_00
    assert again(order).payment_status == "partly_refunded"


def test_a_dispute_of_which_no_event_arrived_is_recorded(synced: Sandbox, order: Order) -> None:
    synced.dispute(order.session_id)
    run = reconcile()
    assert run.agrees and (run.disputes, run.our_disputes) == (1, 1)
    assert again(order).payment_status == "disputed" and open_alerts() == ["dispute-open"]


def test_a_refund_that_failed_unnoticed_is_brought_up_to_date(
    synced: Sandbox, order: Order
) -> None:
    made = refund(order, other=10_00)
    assert made.stripe_id
    synced.refund_fails(made.stripe_id)
    run = reconcile()
    assert run.agrees and run.refunds == run.our_refunds == 0
    assert again(order).refunded == 0 and open_alerts() == ["refund-failed"]


def test_a_dispute_that_was_decided_unnoticed_is_brought_up_to_date(
    synced: Sandbox, order: Order
) -> None:
    dispute = synced.dispute(order.session_id)
    reconcile()
    synced.dispute_is_won(dispute)
    assert reconcile().agrees
    assert again(order).payment_status == "paid" and open_alerts() == []


def test_an_order_that_is_missing_is_created_with_its_refund(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    session_id = buy(synced, member, lamp)
    synced.refund(session_id, 10_00)
    run = reconcile()
    assert run.agrees and run.created_orders == 1
    assert Order.objects.get().refunded == 10_00


def test_a_comparison_without_repair_reports_and_changes_nothing(
    synced: Sandbox, order: Order
) -> None:
    synced.refund(order.session_id, 10_00)
    synced.dispute(order.session_id, "inquiry")
    run = reconcile(repair=False)
    assert sorted(differing(run)) == [
        "₹10.00 was refunded at Stripe, but the order does not have the refund.",
        "₹2,998.00 is disputed at Stripe, but the order does not have the dispute.",
    ]
    assert not Refund.objects.exists() and not Dispute.objects.exists()
    assert not Alert.objects.exists()


def test_our_refund_that_stripe_does_not_have_is_reported(synced: Sandbox, order: Order) -> None:
    Refund.objects.create(
        order=order,
        amount=10_00,
        status="succeeded",
        stripe_id="re_lost",
        stripe_created_at=timezone.now(),
    )
    run = reconcile()
    assert differing(run) == ["The refund of ₹10.00 does not exist at Stripe."]
    assert Alert.objects.open().get().key == "discrepancy:re_lost"
    again_run = reconcile()
    assert again_run.discrepancy_count == 1 and Alert.objects.count() == 1


def test_a_refund_of_another_amount_is_reported_until_it_agrees(
    synced: Sandbox, order: Order
) -> None:
    made = refund(order, other=10_00)
    assert made.stripe_id
    alter(synced, "refund", made.stripe_id, amount=9_00)
    assert differing(reconcile()) == ["Refund: ₹9.00 at Stripe, ₹10.00 on the order."]
    assert open_alerts() == ["discrepancy"]
    alter(synced, "refund", made.stripe_id, amount=10_00)
    assert reconcile().agrees and open_alerts() == []


def test_pending_refunds_are_checked_however_old_they_are(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    order = sell(synced, member, (lamp, 1), card=PENDING)
    made = refund(order, other=10_00)
    assert made.status == "pending" and made.stripe_id
    synced.refund_succeeds(made.stripe_id)
    Refund.objects.update(stripe_created_at=timezone.now() - timedelta(days=90))
    reconcile(since=timezone.now())
    made.refresh_from_db()
    assert made.status == "succeeded"


def test_open_disputes_are_checked_however_old_they_are(synced: Sandbox, order: Order) -> None:
    dispute = synced.dispute(order.session_id)
    reconcile()
    Dispute.objects.update(opened_at=timezone.now() - timedelta(days=90))
    synced.dispute_is_lost(dispute)
    reconcile(since=timezone.now())
    assert Dispute.objects.get().status == "lost"


def test_refunds_of_other_shops_on_the_account_are_left_out(synced: Sandbox, order: Order) -> None:
    synced.refund(order.session_id, 10_00)
    (stored,) = synced.state.find("refund")
    synced.state.save({**stored, "payment_intent": "pi_of_another_shop"})
    run = reconcile()
    assert run.agrees and run.refunds == 0 and not Refund.objects.exists()


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("refund", {"amount": "ten"}),
        ("refund", {"amount": 2**70}),
        ("dispute", {"status": None}),
        ("checkout.session", {"payment_status": 7}),
        ("checkout.session", {"livemode": "maybe"}),
    ],
)
def test_an_object_that_cannot_be_read_is_reported_and_the_rest_is_compared(
    synced: Sandbox, member: Client, lamp: ProductPage, kind: str, fields: dict[str, object]
) -> None:
    orders = [sell(synced, member, (lamp, 1)) for _ in range(3)]
    for order in orders:
        synced.refund(order.session_id, 10_00)
        synced.dispute(order.session_id, "inquiry")
    broken = synced.state.find(kind)[1]
    alter(synced, kind, broken["id"], **fields)
    run = reconcile()
    assert run.finished_at and run.discrepancy_count >= 1
    assert all("could not be read" in text for text in differing(run))
    assert Refund.objects.count() == (2 if kind == "refund" else 3)
    assert Dispute.objects.count() == (2 if kind == "dispute" else 3)
    alter(synced, kind, broken["id"], **{name: broken[name] for name in fields})
    assert reconcile().agrees and "discrepancy" not in open_alerts()


def test_refunds_on_many_pages_are_all_compared(
    synced: Sandbox, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seconds in range(7):
        refund_id = synced.refund(order.session_id, 1_00)
        alter(synced, "refund", refund_id, created=synced.state.now() - seconds // 2)
    for module in ("refunds", "disputes", "sessions"):
        monkeypatch.setattr(f"stripe_gateway.{module}.PAGE_SIZE", 2)
    run = reconcile()
    assert run.agrees and (run.refunds, run.our_refunds) == (7, 7)
    assert calls(synced, "GET", "/v1/refunds").count("GET /v1/refunds") == 4
