"""Disputes and early fraud warnings: the test cards, what banks decide, and what may be refunded."""

import time

import pytest
import stripe
from stripe import Dispute, StripeClient
from stripe.checkout import Session

from money_back import assert_right, everything, kinds, paid
from sandbox_testing import NewSession
from stripe_sandbox import ApiError, Sandbox

DISPUTED, NOT_RECEIVED = "4000000000000259", "4000000000002685"
INQUIRY, WARNING, TWICE = "4000000000001976", "4000000000005423", "4000000404000079"


def disputes_of(client: StripeClient, session: Session) -> list[Dispute]:
    listed = client.v1.disputes.list({"payment_intent": str(session.payment_intent)})
    assert_right(listed)
    return listed.data


def assert_not_refundable(client: StripeClient, session: Session) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.refunds.create({"payment_intent": str(session.payment_intent)})
    assert caught.value.code == "charge_disputed"


def test_the_dispute_card_withdraws_the_money_before_the_session_is_complete(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    session = paid(sandbox, client, new_session, card=DISPUTED)
    (dispute,) = disputes_of(client, session)
    assert dispute.id.startswith("du_")
    assert (dispute.status, dispute.reason, dispute.amount) == (
        "needs_response",
        "fraudulent",
        49900,
    )
    assert (dispute.is_charge_refundable, len(dispute.balance_transactions)) == (False, 1)
    assert dispute.balance_transactions[0].amount == -49900
    assert (dispute.evidence_details.due_by or 0) > time.time() + 7 * 24 * 3600
    assert kinds(sandbox) == [
        "charge.succeeded",
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "payment_intent.succeeded",
    ]
    assert_not_refundable(client, session)
    assert_right(client.v1.events.list({"limit": 100}))


def test_a_dispute_that_is_won_brings_the_money_back_and_allows_a_refund(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    session = paid(sandbox, client, new_session, card=NOT_RECEIVED)
    (dispute,) = disputes_of(client, session)
    assert dispute.reason == "product_not_received"
    sandbox.dispute_is_won(dispute.id)
    won = client.v1.disputes.retrieve(dispute.id)
    assert_right(won)
    assert (won.status, won.is_charge_refundable) == ("won", True)
    assert sum(row.amount for row in won.balance_transactions) == 0
    assert kinds(sandbox)[-2:] == ["charge.dispute.funds_reinstated", "charge.dispute.closed"]
    assert client.v1.refunds.create({"payment_intent": str(session.payment_intent)}).amount == 49900
    with pytest.raises(ApiError, match="already closed"):
        sandbox.dispute_is_lost(dispute.id)


def test_a_dispute_that_is_lost_or_accepted_stays_without_a_refund(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    session = paid(sandbox, client, new_session, card=TWICE)
    first, second = disputes_of(client, session)
    sandbox.dispute_is_lost(first.id)
    closed = client.v1.disputes.close(second.id)
    assert (closed.status, closed.is_charge_refundable) == ("lost", False)
    assert_not_refundable(client, session)
    before = everything(sandbox)
    with pytest.raises(stripe.InvalidRequestError, match="already closed"):
        client.v1.disputes.update(first.id, {"metadata": {"a": "b"}})
    assert everything(sandbox) == before


def test_an_inquiry_withdraws_nothing_and_ends_with_a_full_refund(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    session = paid(sandbox, client, new_session, card=INQUIRY)
    (inquiry,) = disputes_of(client, session)
    assert (inquiry.status, inquiry.balance_transactions) == ("warning_needs_response", [])
    intent = str(session.payment_intent)
    client.v1.refunds.create({"payment_intent": intent, "amount": 100})
    assert client.v1.disputes.retrieve(inquiry.id).status == "warning_needs_response"
    client.v1.refunds.create({"payment_intent": intent})
    assert client.v1.disputes.retrieve(inquiry.id).status == "warning_closed"
    assert kinds(sandbox)[-1] == "charge.dispute.closed"


def test_an_inquiry_is_closed_or_becomes_a_chargeback_with_the_same_id(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    session = paid(sandbox, client, new_session)
    first = sandbox.dispute(session.id, kind="inquiry")
    with pytest.raises(ApiError, match="neither won nor lost"):
        sandbox.dispute_is_won(first)
    sandbox.inquiry_is_closed(first)
    second = sandbox.dispute(session.id, kind="inquiry", amount=5000)
    sandbox.inquiry_is_escalated(second)
    escalated = client.v1.disputes.retrieve(second)
    assert_right(escalated)
    assert (escalated.status, escalated.is_charge_refundable) == ("needs_response", False)
    assert [row.amount for row in escalated.balance_transactions] == [-5000]
    assert kinds(sandbox)[-2:] == ["charge.dispute.funds_withdrawn", "charge.dispute.updated"]
    with pytest.raises(ApiError, match="Only an inquiry"):
        sandbox.inquiry_is_escalated(second)


def test_evidence_is_kept_and_puts_the_dispute_under_review(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    dispute = sandbox.dispute(paid(sandbox, client, new_session).id)
    noted = client.v1.disputes.update(dispute, {"metadata": {"foo": "bar"}})
    assert noted.status == "needs_response"
    assert noted.to_dict()["metadata"] == {"foo": "bar"}
    sent = client.v1.disputes.update(dispute, {"evidence": {"shipping_carrier": "Post"}})
    assert_right(sent)
    assert (sent.status, sent.evidence.shipping_carrier) == ("under_review", "Post")
    assert sent.evidence_details.submission_count == 1
    assert kinds(sandbox)[-2:] == ["charge.dispute.updated"] * 2


def test_a_prevented_dispute_has_returned_the_money_already(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    session = paid(sandbox, client, new_session)
    dispute = client.v1.disputes.retrieve(sandbox.dispute(session.id, kind="block"))
    assert (dispute.status, dispute.is_charge_refundable) == ("prevented", False)
    assert kinds(sandbox)[-2:] == ["charge.dispute.created", "charge.dispute.closed"]


def test_an_early_fraud_warning_is_an_event_and_no_dispute(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    session = paid(sandbox, client, new_session, card=WARNING)
    assert disputes_of(client, session) == []
    (event,) = sandbox.events("radar.early_fraud_warning.created")
    assert event["data"]["object"]["payment_intent"] == session.payment_intent
    assert_right(client.v1.events.retrieve(event["id"]))
    sandbox.warn(session.id)
    assert len(sandbox.events("radar.early_fraud_warning.created")) == 2


def test_a_dispute_about_more_than_was_paid_is_refused(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    session = paid(sandbox, client, new_session)
    before = everything(sandbox)
    for amount in (0, -1, 49901):
        with pytest.raises(ApiError, match="at most the amount"):
            sandbox.dispute(session.id, amount=amount)
    with pytest.raises(ApiError, match="one of chargeback"):
        sandbox.dispute(session.id, kind="surprise")
    assert everything(sandbox) == before
