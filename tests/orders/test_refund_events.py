"""Refunds as Stripe reports them, in any order and any number of times."""

from itertools import permutations

import pytest
from django.test import Client

from alerts.models import Alert
from orders.models import Checkout, Order, Refund, StripeEvent
from orders.refunds.send import send as send_refund
from products.models import ProductPage
from stripe_sandbox import Sandbox
from tests.conftest import calls, deliver, send
from tests.orders.refunding import (
    FAILS_LATER,
    PENDING,
    again,
    deliver_all,
    open_alerts,
    refund,
    request,
    sell,
    timeline,
)
from tests.orders.selling import deliver_altered, open_page, text_of, told

REFUND_EVENTS = (
    "refund.created",
    "charge.refunded",
    "refund.updated",
    "charge.refund.updated",
    "refund.failed",
)


def redeliver(sandbox: Sandbox, events: list[dict[str, object]]) -> None:
    """Deliver events as Stripe repeats them: under the same id."""
    for event in events:
        StripeEvent.objects.filter(pk=event["id"]).delete()  # so that it is processed again
        assert send(*sandbox.webhook_request(str(event["id"]))).status_code == 200


@pytest.fixture
def order(synced: Sandbox, member: Client, lamp: ProductPage) -> Order:
    """Two lamps."""
    return sell(synced, member, (lamp, 2))


def test_a_refund_in_the_dashboard_is_on_the_order(synced: Sandbox, order: Order) -> None:
    synced.refund(order.session_id, 10_00)
    deliver(synced, "refund.created")
    row = Refund.objects.get()
    assert (row.order, row.amount, row.status) == (order, 10_00, "succeeded")
    assert not row.was_made_here and row.requested_by is None and not row.lines.exists()
    assert again(order).payment_status == "partly_refunded"
    assert timeline(order)[-1] == "₹10.00 refunded at Stripe."
    assert calls(synced) == []  # the signed event is enough
    assert StripeEvent.objects.get(type="refund.created").outcome == "processed"


def test_the_shopper_sees_refunds_but_not_those_that_failed(
    synced: Sandbox, member: Client, order: Order
) -> None:
    failed = synced.refund(order.session_id, 7_00)
    synced.refund(order.session_id, 10_00)
    deliver_all(synced, "refund.created")
    synced.refund_fails(failed)
    deliver(synced, "refund.failed")
    text = text_of(member.get(order.get_absolute_url()))
    assert "Refunded on" in text and "₹10.00" in text and "₹7.00" not in text
    assert "Partly refunded" in text


def test_only_the_charge_event_arrives(synced: Sandbox, order: Order) -> None:
    synced.refund(order.session_id, 10_00)
    synced.refund(order.session_id, 5_00)
    deliver(synced, "charge.refunded")
    assert sorted(row.amount for row in Refund.objects.all()) == [5_00, 10_00]
    assert calls(synced) == ["GET /v1/refunds"]


def test_only_the_newest_refund_was_known(synced: Sandbox, order: Order) -> None:
    """Pitfall 11: old events double nothing, and the failure of an older refund is noticed."""
    first = synced.refund(order.session_id, 10_00)
    synced.refund(order.session_id, 5_00)
    deliver_all(synced, "refund.created")
    old = synced.events("refund.created")[0]
    for _ in range(3):
        redeliver(synced, [old])
    assert again(order).refunded == 15_00 and Refund.objects.count() == 2
    synced.refund_fails(first)
    deliver(synced, "refund.failed")
    assert again(order).refunded == 5_00
    redeliver(synced, [old])
    assert again(order).refunded == 5_00
    assert order.number in Alert.objects.open().get().message


def test_pending_was_shown_as_failed(synced: Sandbox, member: Client, lamp: ProductPage) -> None:
    """Pitfall 12, first half: pending counts as in progress, and raises no alert."""
    order = sell(synced, member, (lamp, 2), card=PENDING)
    made = refund(order, {"Brass lamp": 1})
    assert made.status == "pending" and made.is_in_force
    order = again(order)
    assert order.payment_status == "refund_pending" and order.left_to_refund == 1499_00
    assert not Alert.objects.exists()
    assert made.stripe_id
    synced.refund_succeeds(made.stripe_id)
    deliver(synced, "refund.updated")
    assert again(order).payment_status == "partly_refunded"


def test_failed_was_shown_as_refunded(synced: Sandbox, member: Client, lamp: ProductPage) -> None:
    """Pitfall 12, second half: after success, a failure makes the amount refundable again."""
    order = sell(synced, member, (lamp, 2), card=FAILS_LATER)
    first = refund(order, {"Brass lamp": 2})
    assert first.status == "succeeded" and again(order).payment_status == "refunded"
    assert first.stripe_id
    synced.refund_fails(first.stripe_id)
    deliver(synced, "refund.failed")
    order = again(order)
    assert (order.payment_status, order.left_to_refund) == ("paid", order.total)
    assert open_alerts() == ["refund-failed"]
    assert "expired or canceled card" in Alert.objects.open().get().message
    second = refund(order, {"Brass lamp": 2})
    assert second.idempotency_key != first.idempotency_key
    assert second.status == "succeeded" and again(order).refunded == order.total


def test_the_state_is_the_same_in_whatever_order_events_arrive(
    synced: Sandbox, order: Order
) -> None:
    refund_id = synced.refund(order.session_id, 10_00)
    synced.refund_fails(refund_id)
    kinds = ("refund.created", "refund.updated", "refund.failed", "charge.refunded")
    newest = [synced.events(kind)[-1] for kind in kinds]
    for events in permutations(newest):
        redeliver(synced, [*events, events[0]])
        row = Refund.objects.get()
        assert (row.status, row.failure) == ("failed", "expired or canceled card")
        assert again(order).payment_status == "paid"
    assert sum("failed" in text for text in timeline(order)) == 1


def test_our_own_refund_is_reported_before_stripe_has_answered(
    synced: Sandbox, order: Order
) -> None:
    row = request(order, other=10_00)
    synced.fail_next(moment="after", path="/v1/refunds")
    assert send_refund(row).status == "requested"
    deliver(synced, "refund.created")
    row.refresh_from_db()
    assert row.status == "succeeded" and Refund.objects.count() == 1
    assert timeline(order)[-1] == "₹10.00 refunded."


def test_a_refund_of_an_order_that_does_not_exist_yet_creates_it(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    session_id = open_page(member, lamp)
    synced.pay(session_id)
    synced.refund(session_id, 10_00)
    assert not Order.objects.exists()
    deliver(synced, "refund.created")
    order = Order.objects.get(session_id=session_id)
    assert order.refunded == 10_00 and order.checkout == Checkout.objects.get()
    deliver(synced)
    assert Order.objects.count() == 1


def test_a_refund_of_another_shop_on_the_account_is_ignored(synced: Sandbox, order: Order) -> None:
    synced.refund(order.session_id, 10_00)
    event = told(synced, "refund.created")
    event["data"]["object"]["payment_intent"] = "pi_of_another_shop"
    assert deliver_altered(event).status_code == 200
    assert not Refund.objects.exists()
    assert StripeEvent.objects.get(type="refund.created").outcome == "ignored"


def test_a_refund_without_a_payment_intent_is_ignored_or_asked_about(
    synced: Sandbox, order: Order
) -> None:
    synced.refund(order.session_id, 10_00)
    event = told(synced, "refund.created")
    for number, intent in enumerate([None, "", "pi/../x", 7, ["pi_1"], {"id": None}]):
        event["data"]["object"]["payment_intent"] = intent
        assert deliver_altered({**event, "id": f"evt_{number}"}).status_code == 200
        # What is not a text makes the shop ask Stripe, which names the right payment.
        assert Refund.objects.count() == (1 if number >= 3 else 0), intent


def test_an_event_of_another_api_version_makes_the_shop_ask_stripe(
    synced: Sandbox, order: Order
) -> None:
    refund_id = synced.refund(order.session_id, 10_00)
    deliver_altered({**told(synced, "refund.created"), "api_version": "2020-08-27"})
    assert calls(synced) == [f"GET /v1/refunds/{refund_id}"]
    assert Refund.objects.get().amount == 10_00


def test_an_unknown_status_counts_as_pending_and_raises_an_alert(
    synced: Sandbox, order: Order
) -> None:
    synced.refund(order.session_id, 10_00)
    event = told(synced, "refund.created")
    event["data"]["object"]["status"] = "teleported"
    deliver_altered(event)
    assert Refund.objects.get().status == "pending"
    assert "teleported" in Alert.objects.open().get().message


def test_a_second_refund_for_one_of_ours_is_recorded_with_an_alert(
    synced: Sandbox, order: Order
) -> None:
    made = refund(order, other=10_00)
    event = told(synced, "refund.created")
    event["data"]["object"]["id"] = "re_again"
    deliver_altered(event)
    assert again(order).refunded == 20_00
    assert Refund.objects.get(stripe_id="re_again").pk != made.pk
    assert open_alerts() == ["refund-made-twice"]


def test_another_order_s_metadata_is_not_believed(
    synced: Sandbox, member: Client, order: Order, lamp: ProductPage
) -> None:
    other = sell(synced, member, (lamp, 1))
    waiting = request(other, other=10_00)
    synced.refund(order.session_id, 10_00)
    event = told(synced, "refund.created")
    event["data"]["object"]["metadata"] = {"refund": str(waiting.pk)}
    deliver_altered(event)
    waiting.refresh_from_db()
    assert waiting.status == "requested" and waiting.stripe_id is None
    assert again(order).refunded == 10_00
