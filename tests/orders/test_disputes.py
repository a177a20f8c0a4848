"""Disputes, inquiries and early fraud warnings, as Stripe reports them."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from admin_base.times import short_time
from alerts.models import Alert
from orders.errors import ActionNotAllowed
from orders.events.process import process_pending_events
from orders.models import Dispute, Order, StripeEvent
from orders.refunds.disputes import record_dispute
from products.models import ProductPage
from stripe_gateway.disputes import retrieve_dispute
from stripe_sandbox import Sandbox
from tests.conftest import deliver
from tests.orders.refunding import again, deliver_all, open_alerts, refund, request, sell, timeline
from tests.orders.selling import deliver_altered, make_due, open_page, told
from tests.orders.stocking import call_off

DISPUTED, INQUIRY, WARNED, TWICE = (
    "4000000000000259",
    "4000000000001976",
    "4000000000005423",
    "4000000404000079",
)


@pytest.fixture
def order(synced: Sandbox, member: Client, lamp: ProductPage) -> Order:
    """One lamp."""
    return sell(synced, member, (lamp, 1))


def test_a_chargeback_is_on_the_order_with_its_due_date(synced: Sandbox, order: Order) -> None:
    synced.dispute(order.session_id)
    deliver(synced, "charge.dispute.created")
    row = Dispute.objects.get()
    assert (row.order, row.amount, row.withdrawn) == (order, order.total, order.total)
    assert row.is_open_chargeback and not row.is_inquiry and not row.is_charge_refundable
    assert again(order).payment_status == "disputed"
    assert timeline(order)[-1] == "Chargeback of ₹1,499.00 (needs a response)."
    assert open_alerts() == ["dispute-open"]
    assert "respond in the Stripe Dashboard by" in Alert.objects.open().get().message
    with pytest.raises(ActionNotAllowed, match="charged this payment back"):
        request(order, other=100)
    assert not order.refunds.exists()


def test_an_inquiry_was_treated_as_a_chargeback(synced: Sandbox, order: Order) -> None:
    """Pitfall 18: no money has moved, and a refund is possible; closed resolves the alert."""
    inquiry = synced.dispute(order.session_id, "inquiry")
    deliver(synced, "charge.dispute.created")
    row = Dispute.objects.get()
    assert row.is_inquiry and row.withdrawn == 0 and row.kind == "Inquiry"
    assert again(order).payment_status == "paid"
    assert open_alerts() == ["inquiry-open"]
    assert refund(order, other=100).status == "succeeded"
    synced.inquiry_is_closed(inquiry)
    deliver(synced, "charge.dispute.closed")
    assert open_alerts() == []


def test_an_inquiry_becomes_a_chargeback(synced: Sandbox, order: Order) -> None:
    inquiry = synced.dispute(order.session_id, "inquiry")
    deliver(synced, "charge.dispute.created")
    synced.inquiry_is_escalated(inquiry)
    deliver(synced, "charge.dispute.funds_withdrawn")
    assert Dispute.objects.get().is_open_chargeback
    assert open_alerts() == ["dispute-open"] and again(order).payment_status == "disputed"


def test_one_of_two_disputes_was_won_and_the_other_s_date_was_missed(
    synced: Sandbox, order: Order
) -> None:
    """Pitfall 17: the order stays disputed, with the other's date, until both are closed."""
    first = synced.dispute(order.session_id, amount=500_00)
    second = synced.dispute(order.session_id, amount=700_00)
    deliver_all(synced, "charge.dispute.created")
    soon = timezone.now() + timedelta(days=2)
    Dispute.objects.filter(stripe_id=first).update(respond_by=soon)
    synced.dispute_is_won(first)
    deliver(synced, "charge.dispute.closed")
    assert again(order).payment_status == "disputed"
    due = short_time(Dispute.objects.get(stripe_id=second).respond_by)
    (alert,) = Alert.objects.open()
    assert "₹700.00" in alert.message and "₹500.00" not in alert.message
    assert f"by {due}." in alert.message
    synced.dispute_is_won(second)
    deliver(synced, "charge.dispute.closed")
    assert again(order).payment_status == "paid" and open_alerts() == []
    assert refund(order, other=100).status == "succeeded"


def test_a_lost_chargeback_stays_on_the_order(synced: Sandbox, order: Order) -> None:
    dispute = synced.dispute(order.session_id)
    deliver(synced, "charge.dispute.created")
    synced.dispute_is_lost(dispute)
    deliver(synced, "charge.dispute.closed")
    assert again(order).payment_status == "charged_back"
    assert open_alerts() == ["dispute-lost"]
    with pytest.raises(ActionNotAllowed):
        request(order, other=100)
    assert not order.refunds.exists()


def test_a_dispute_reopened_a_cancelled_order(synced: Sandbox, order: Order) -> None:
    """Pitfall 16: fulfilment is none of a dispute's business."""
    call_off(order)
    synced.dispute(order.session_id)
    deliver_all(synced, "charge.dispute.created")
    deliver_all(synced, "charge.dispute.funds_withdrawn")
    assert again(order).fulfilment_status == "cancelled"
    assert open_alerts() == ["dispute-open"]


def test_a_prevented_dispute_has_returned_the_money(synced: Sandbox, order: Order) -> None:
    synced.dispute(order.session_id, "block")
    deliver(synced, "charge.dispute.closed")
    assert again(order).payment_status == "charged_back"
    assert open_alerts() == ["dispute-lost"]


def test_a_dispute_arrives_before_the_order_exists(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    session_id = open_page(member, lamp)
    synced.pay(session_id, card=DISPUTED)
    assert not Order.objects.exists()
    deliver(synced, "charge.dispute.created")
    order = Order.objects.get()
    assert order.payment_status == "disputed" and order.session_id == session_id


def test_a_dispute_of_a_payment_that_is_not_reported_as_paid_waits(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    session_id = open_page(member, lamp)
    synced.pay(session_id, card=DISPUTED)
    session = synced.state.get("checkout.session", session_id)
    assert session is not None
    synced.state.save({**session, "payment_status": "unpaid"})
    deliver(synced, "charge.dispute.created")
    assert StripeEvent.objects.get().outcome == "pending" and not Order.objects.exists()
    synced.state.save(session)
    make_due()
    process_pending_events()
    assert StripeEvent.objects.get().outcome == "processed"
    assert Order.objects.get().disputes.count() == 1


def test_a_card_with_two_disputes(synced: Sandbox, member: Client, lamp: ProductPage) -> None:
    order = sell(synced, member, (lamp, 1), card=TWICE)
    deliver_all(synced, "charge.dispute.created")
    assert order.disputes.count() == 2 and open_alerts() == ["dispute-open"]


def test_a_state_that_was_read_earlier_does_not_replace_a_later_one(
    synced: Sandbox, order: Order
) -> None:
    dispute = synced.dispute(order.session_id)
    early, before = retrieve_dispute(dispute), timezone.now()
    synced.dispute_is_won(dispute)
    record_dispute(retrieve_dispute(dispute), order, read_at=timezone.now())
    record_dispute(early, order, read_at=before)
    assert Dispute.objects.get().status == "won" and again(order).payment_status == "paid"


def test_events_arrive_in_any_order_and_twice(synced: Sandbox, order: Order) -> None:
    dispute = synced.dispute(order.session_id)
    synced.dispute_is_won(dispute)
    for kind in ("closed", "funds_reinstated", "created", "funds_withdrawn", "closed"):
        StripeEvent.objects.filter(type__startswith="charge.dispute").delete()
        deliver(synced, f"charge.dispute.{kind}")
    row = Dispute.objects.get()
    assert (row.status, row.withdrawn) == ("won", 0)
    assert again(order).payment_status == "paid" and open_alerts() == []


def test_an_early_fraud_warning_raises_an_alert_until_the_order_is_refunded(
    synced: Sandbox, order: Order
) -> None:
    synced.warn(order.session_id)
    deliver(synced, "radar.early_fraud_warning.created")
    deliver(synced, "radar.early_fraud_warning.created")
    assert open_alerts() == ["fraud-warning"]
    assert "made with stolen card" in Alert.objects.open().get().message
    assert sum("warns" in text for text in timeline(order)) == 1
    refund(order, {"Brass lamp": 1})
    StripeEvent.objects.filter(type__startswith="radar").delete()
    deliver(synced, "radar.early_fraud_warning.created")
    assert open_alerts() == []


def test_an_unknown_status_of_a_dispute_is_kept_and_raises_an_alert(
    synced: Sandbox, order: Order
) -> None:
    dispute = synced.dispute(order.session_id)
    found = retrieve_dispute(dispute).model_copy(update={"status": "arbitration"})
    record_dispute(found, order, read_at=timezone.now())
    assert Dispute.objects.get().status_text == "arbitration"
    assert open_alerts() == ["dispute-open", "unknown-stripe-status"]


def test_an_event_without_a_usable_id_is_ignored(synced: Sandbox, order: Order) -> None:
    synced.dispute(order.session_id)
    event = told(synced, "charge.dispute.created")
    for number, object_id in enumerate([None, "", "du_/../x", "x" * 500, 7]):
        event["data"]["object"]["id"] = object_id
        assert deliver_altered({**event, "id": f"evt_{number}"}).status_code == 200
        assert StripeEvent.objects.get(pk=f"evt_{number}").outcome == "ignored", object_id
    assert not Dispute.objects.exists()
