"""What arrives at the webhook: signed or not, an event or not, ours or not."""

import json
import time
import uuid
from typing import Any

import pytest
from django.test import Client

from alerts.models import Alert
from orders.events import process
from orders.models import Checkout, StripeEvent
from products.models import ProductPage
from stripe_sandbox import Sandbox, sign
from tests.conftest import WEBHOOK_SECRET, calls, deliver, send
from tests.orders.selling import (
    SESSIONS,
    buy,
    deliver_altered,
    make_due,
    nothing_moved,
    only_order,
    open_page,
    refusing,
    signed,
    told,
)


@pytest.fixture
def paid(synced: Sandbox, member: Client, lamp: ProductPage) -> dict[str, Any]:
    """The event of a paid session that was not delivered yet."""
    buy(synced, member, lamp)
    return told(synced)


def test_unsigned_and_wrongly_signed_bodies_are_refused_and_not_stored(
    synced: Sandbox, paid: dict[str, Any]
) -> None:
    body, good = signed(paid)
    moment, now = good.split(",")[0], int(time.time())
    for signature in (
        "",
        "nonsense",
        moment,
        f"{moment},v1=",
        f"{moment},v1={'0' * 64}",
        f"{moment},v1=\xe9\xe9\xe9",
        f"{moment},v0={good.split('v1=')[1]}",
        f"t=now,v1={good.split('v1=')[1]}",
        sign(body, "whsec_of_another_endpoint"),
        sign(body + b" ", WEBHOOK_SECRET),
        sign(body, WEBHOOK_SECRET, now - 302),
    ):
        assert send(body, signature).status_code == 400, signature
    without = Client().post("/stripe/webhook/", body, content_type="application/json")
    assert without.status_code == 400
    assert not StripeEvent.objects.exists()
    assert nothing_moved()


@pytest.mark.parametrize("secret", ["whsec_tests", "whsec_tests_being_rolled"])
def test_both_secrets_are_accepted_while_one_is_being_rolled(
    paid: dict[str, Any], secret: str
) -> None:
    assert send(*signed(paid, secret)).status_code == 200
    assert only_order().total == 149900


def test_signatures_by_both_secrets_and_just_within_five_minutes_are_accepted(
    paid: dict[str, Any],
) -> None:
    body, _ = signed(paid)
    at = int(time.time()) - 295
    both = f"{sign(body, 'whsec_gone', at)},{sign(body, WEBHOOK_SECRET, at).split(',')[1]}"
    assert send(body, both).status_code == 200
    assert only_order().total == 149900


def test_the_webhook_answers_with_and_without_its_slash_and_to_post_only(
    synced: Sandbox, paid: dict[str, Any]
) -> None:
    body, signature = signed(paid)
    for address in ("/stripe/webhook", "/stripe/webhook/"):
        answer = Client(enforce_csrf_checks=True).post(
            address, body, content_type="application/json", headers={"Stripe-Signature": signature}
        )
        assert answer.status_code == 200
        assert not answer.cookies
        for method in ("get", "head", "put", "delete"):
            assert getattr(Client(), method)(address).status_code == 405
    assert only_order().total == 149900


def test_an_unknown_type_is_stored_and_ignored(synced: Sandbox) -> None:
    event = {
        "id": "evt_1",
        "object": "event",
        "type": "customer.created",
        "livemode": False,
        "data": {"object": {}},
    }
    assert deliver_altered(event).status_code == 200
    row = StripeEvent.objects.get()
    assert (row.id, row.type, row.outcome) == ("evt_1", "customer.created", "ignored")
    assert json.loads(row.body) == event
    assert calls(synced) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'"text"',
        b"null",
        b"{}",
        b"not json",
        b"\xff\xfe{}",
        b'{"object": "event"}',
        b'{"object": "event", "id": 7, "type": "x", "livemode": false}',
        b'{"object": "event", "id": "evt_1", "type": "x", "livemode": "no"}',
        b'{"object": "event", "id": "evt_1", "type": "x", "livemode": false, "data": []}',
        (
            b'{"object": "event", "id": "evt_1", "type": "x", "livemode": false, "data": '
            b'{"object": "text"}}'
        ),
        b'{"object": "charge", "id": "ch_1"}',
        (
            b'{"object": "v2.core.event", "id": "evt_1", "type": '
            b'"v1.billing.meter.error_report_triggered"}'
        ),
        b"[" * 100_000,
        b'{"object": "event", "id": "evt_1", "type": "x", "livemode": false, "data": '
        + b"9" * 5000
        + b"}",
    ],
)
def test_a_signed_body_that_is_not_an_event_is_refused_and_not_stored(
    db: None, body: bytes
) -> None:
    assert send(*signed(body)).status_code == 400
    assert not StripeEvent.objects.exists()


def test_a_body_larger_than_any_event_is_refused(db: None) -> None:
    assert send(*signed(b" " * 3_000_000)).status_code == 400
    assert not StripeEvent.objects.exists()


def test_an_event_that_cannot_be_stored_is_answered_with_500(
    committed_db: None, synced: Sandbox, paid: dict[str, Any]
) -> None:
    with refusing("orders_stripeevent"):
        assert deliver(synced).status_code == 500
    assert not StripeEvent.objects.exists()
    assert nothing_moved()
    assert deliver(synced).status_code == 200
    assert only_order().total == 149900


def test_an_event_that_is_stored_but_cannot_be_processed_waits_for_the_worker(
    committed_db: None, synced: Sandbox, paid: dict[str, Any]
) -> None:
    with refusing("orders_orderline"):
        assert deliver(synced).status_code == 200
        row = StripeEvent.objects.get()
        assert row.outcome == "pending" and "disk full" in row.reason
        assert nothing_moved()
        make_due()
        process.process_pending_events()
        process.process_pending_events()
        row.refresh_from_db()
        assert (row.outcome, row.tries) == ("pending", 1)
    make_due()
    process.process_pending_events()
    row.refresh_from_db()
    assert row.outcome == "processed"
    assert only_order().total == 149900


def test_only_after_a_final_outcome_a_second_delivery_does_nothing(
    synced: Sandbox, paid: dict[str, Any]
) -> None:
    paid["api_version"] = "2020-08-27"
    synced.fail_next()
    assert deliver_altered(paid).status_code == 200
    assert StripeEvent.objects.get().outcome == "pending"
    assert nothing_moved()
    assert deliver_altered(paid).status_code == 200
    assert StripeEvent.objects.get().outcome == "processed"
    assert only_order().total == 149900
    synced.requests.clear()
    assert deliver_altered(paid).status_code == 200
    assert calls(synced) == []


def test_when_stripe_hangs_the_webhook_answers_within_three_seconds(
    synced: Sandbox, paid: dict[str, Any]
) -> None:
    paid["api_version"] = "2020-08-27"
    synced.fail_next(kind="hang", seconds=30, times=None)
    began = time.monotonic()
    assert deliver_altered(paid).status_code == 200
    assert time.monotonic() - began < 5
    assert StripeEvent.objects.get().outcome == "pending"


@pytest.mark.parametrize(
    "change",
    [
        {"amount_subtotal": 1},
        {"currency": "usd"},
        {"payment_status": "unpaid"},
        {"status": "open"},
        {"payment_status": 5},
        {"amount_subtotal": "149900"},
        {"total_details": []},
    ],
)
def test_an_event_that_differs_from_the_checkout_triggers_a_retrieval(
    synced: Sandbox, paid: dict[str, Any], change: dict[str, Any]
) -> None:
    paid["data"]["object"].update(change)
    assert deliver_altered(paid).status_code == 200
    order = only_order()
    assert calls(synced) == [f"GET {SESSIONS}/{order.session_id}"]
    assert (order.subtotal, order.currency, order.session_id) == (
        149900,
        "inr",
        paid["data"]["object"]["id"],
    )


@pytest.mark.parametrize("metadata", [{"installation": 7}, {}, None])
def test_a_session_that_lost_its_metadata_is_matched_by_its_id(
    synced: Sandbox, paid: dict[str, Any], metadata: Any
) -> None:
    paid["data"]["object"]["metadata"] = metadata
    assert deliver_altered(paid).status_code == 200
    assert calls(synced) == []
    assert only_order().checkout == Checkout.objects.get()


def test_for_an_event_in_another_api_version_the_session_is_retrieved(
    synced: Sandbox, paid: dict[str, Any]
) -> None:
    paid["api_version"] = "2019-05-16"
    paid["data"]["object"] = {
        "id": paid["data"]["object"]["id"],
        "object": "checkout.session",
        "display_items": [],
    }
    assert deliver_altered(paid).status_code == 200
    assert len(calls(synced)) == 1
    assert only_order().total == 149900


def test_an_event_of_the_other_mode_is_stored_and_ignored(
    synced: Sandbox, paid: dict[str, Any]
) -> None:
    paid["livemode"] = True
    assert deliver_altered(paid).status_code == 200
    row = StripeEvent.objects.get()
    assert row.outcome == "ignored" and "live shop" in row.reason
    assert calls(synced) == [] and nothing_moved()


def test_an_event_of_another_shop_on_the_account_is_stored_and_ignored(
    synced: Sandbox, paid: dict[str, Any]
) -> None:
    paid["data"]["object"]["metadata"]["installation"] = str(uuid.uuid4())
    assert deliver_altered(paid).status_code == 200
    row = StripeEvent.objects.get()
    assert row.outcome == "ignored" and "this shop" in row.reason
    assert calls(synced) == [] and nothing_moved()


def test_a_triggered_session_without_our_metadata_is_stored_and_ignored(
    synced: Sandbox, paid: dict[str, Any]
) -> None:
    # What `stripe trigger checkout.session.completed` sends.
    paid["data"]["object"].update(
        metadata={}, id="cs_test_triggered", payment_intent="pi_triggered"
    )
    assert deliver_altered(paid).status_code == 200
    assert StripeEvent.objects.get().outcome == "ignored"
    assert calls(synced) == [] and nothing_moved()


def test_an_event_of_another_account_is_stored_and_ignored(
    synced: Sandbox, paid: dict[str, Any]
) -> None:
    paid["account"] = "acct_connected"
    assert deliver_altered(paid).status_code == 200
    row = StripeEvent.objects.get()
    assert row.outcome == "ignored" and "another Stripe account" in row.reason
    assert calls(synced) == [] and nothing_moved()


def test_an_event_about_a_session_that_our_account_does_not_have_is_ignored(
    synced: Sandbox, paid: dict[str, Any]
) -> None:
    paid["data"]["object"]["id"] = "cs_test_elsewhere"
    assert deliver_altered(paid).status_code == 200
    row = StripeEvent.objects.get()
    assert row.outcome == "ignored" and "no such session" in row.reason
    assert calls(synced) == [f"GET {SESSIONS}/cs_test_elsewhere"] and nothing_moved()


@pytest.mark.parametrize(
    "change",
    [
        {"id": None},
        {"id": ""},
        {"id": "../../v1/customers"},
        {"id": ["cs_test_a"]},
        {"id": "cs_test_" + "a" * 10_000},
        {"metadata": {"checkout": "no uuid", "user": "9" * 400}},
        {"customer_details": {"email": "a\x00\ud800" + "b" * 9000, "name": 7}},
        {"customer_details": "text"},
        {"amount_total": 2**70},
        {"created": -1, "expires_at": 2**62},
        {"url": 5},
        {"payment_intent": {"id": None}},
    ],
)
def test_absurd_fields_do_no_harm(
    synced: Sandbox, paid: dict[str, Any], change: dict[str, Any]
) -> None:
    metadata = {**paid["data"]["object"]["metadata"], **change.pop("metadata", {})}
    paid["data"]["object"].update({**change, "metadata": metadata})
    assert deliver_altered(paid).status_code == 200
    assert StripeEvent.objects.get().outcome != "pending"
    if "id" in change:
        assert calls(synced) == [] and nothing_moved()
    else:
        assert only_order().total == 149900


def test_text_that_postgresql_cannot_store_is_cleaned_and_kept(
    synced: Sandbox, paid: dict[str, Any]
) -> None:
    paid["data"]["object"]["customer_details"].update(
        email="a\x00b@example.com", name="Zoë \ud83d" + "x" * 400
    )
    paid["type"] = "checkout.session.completed"
    assert deliver_altered(paid).status_code == 200
    order = only_order()
    assert order.email == "ab@example.com"
    assert order.name == ("Zoë " + "x" * 400)[:254] + "…"


def test_an_expired_session_ends_its_checkout_and_a_late_expiry_does_not_undo_a_payment(
    synced: Sandbox, member: Client, lamp: ProductPage, quilt: ProductPage
) -> None:
    synced.expire(open_page(member, lamp))
    expiry = told(synced, "checkout.session.expired")
    assert deliver_altered(expiry).status_code == 200
    assert Checkout.objects.get().status == "expired"

    session_id = buy(synced, member, quilt)
    deliver(synced)
    late = {**expiry, "id": "evt_late"}
    late["data"]["object"] = {
        **told(synced)["data"]["object"],
        "status": "expired",
        "payment_status": "unpaid",
    }
    assert deliver_altered(late).status_code == 200
    assert Checkout.objects.get(session_id=session_id).status == "complete"
    assert only_order().total == 249900
    assert not Alert.objects.exists()
