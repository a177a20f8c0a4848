"""Refunds: what Stripe accepts and refuses, what its test cards do, and the events that follow."""

from typing import Any

import pytest
import stripe
from stripe import StripeClient

from money_back import assert_right, everything, kinds, paid
from sandbox_testing import NewSession, price_of
from stripe_sandbox import ApiError, Sandbox

PENDING, FAILS = "4000000000007726", "4000000000005126"
# What Stripe answers for a card refund; nothing more.
FIELDS = {
    "id", "object", "amount", "balance_transaction", "charge", "created", "currency", "customer",
    "customer_account", "destination_details", "metadata", "payment_intent", "payment_method", "reason",
    "receipt_number", "source_transfer_reversal", "status", "transfer_reversal",
}  # fmt: skip


@pytest.fixture
def payment(sandbox: Sandbox, client: StripeClient, new_session: NewSession) -> str:
    """The payment intent of a session of 499.00 that was paid."""
    return str(paid(sandbox, client, new_session).payment_intent)


def test_a_payment_is_refunded_in_parts_and_then_there_is_nothing_left(
    sandbox: Sandbox, client: StripeClient, payment: str
) -> None:
    first = client.v1.refunds.create(
        {
            "payment_intent": payment,
            "amount": 10000,
            "metadata": {"row": "1"},
            "reason": "duplicate",
        }
    )
    assert set(first.to_dict()) == FIELDS
    assert_right(first)
    assert (first.status, first.amount, first.reason) == ("succeeded", 10000, "duplicate")
    assert first.to_dict()["metadata"] == {"row": "1"}
    rest = client.v1.refunds.create({"charge": str(first.charge)})
    assert rest.amount == 39900
    charge = client.v1.charges.retrieve(str(first.charge))
    assert_right(charge)
    assert (charge.amount_refunded, charge.refunded) == (49900, True)
    listed = client.v1.refunds.list({"payment_intent": payment})
    assert [refund.id for refund in listed.data] == [rest.id, first.id]
    assert_right(listed)
    assert kinds(sandbox)[2:] == ["refund.created", "charge.refunded"] * 2
    assert_right(client.v1.events.list({"limit": 100}))


def refusal(client: StripeClient, **params: Any) -> stripe.InvalidRequestError:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.refunds.create(params)  # type: ignore[arg-type]
    return caught.value


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (40001, "Refund amount (₹400.01) is greater than unrefunded amount on charge (₹399.00)"),
        (0, "This value must be greater than or equal to 1."),
        (-5, "This value must be greater than or equal to 1."),
    ],
)
def test_an_amount_that_is_not_left_is_refused_without_a_code_of_its_own(
    sandbox: Sandbox, client: StripeClient, payment: str, amount: int, words: str
) -> None:
    client.v1.refunds.create({"payment_intent": payment, "amount": 10000})
    before = everything(sandbox)
    error = refusal(client, payment_intent=payment, amount=amount)
    assert (error.http_status, error.param, error.user_message) == (400, "amount", words)
    assert error.code == (None if amount > 0 else "parameter_invalid_integer")
    assert everything(sandbox) == before


def test_nothing_left_an_unknown_charge_and_no_charge_are_refused_in_stripes_words(
    sandbox: Sandbox, client: StripeClient, payment: str
) -> None:
    charge = client.v1.refunds.create({"payment_intent": payment}).charge
    before = everything(sandbox)
    nothing_left = refusal(client, payment_intent=payment)
    assert (nothing_left.code, nothing_left.param) == ("charge_already_refunded", None)
    assert nothing_left.user_message == f"Charge {charge} has already been refunded."
    unknown = refusal(client, charge="ch_x")
    assert (unknown.http_status, unknown.code, unknown.param) == (404, "resource_missing", "id")
    assert "payment_intent or charge" in str(refusal(client, amount=100).user_message)
    assert "Invalid reason" in str(refusal(client, payment_intent=payment, reason="x").user_message)
    assert refusal(client, payment_intent=payment, currency="usd").param == "currency"
    assert everything(sandbox) == before


def test_a_payment_without_a_successful_charge_cannot_be_refunded(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    session = new_session()
    with pytest.raises(Exception, match="declined"):
        sandbox.pay(session.id, card="4000000000000002")
    intent = client.v1.checkout.sessions.retrieve(session.id).payment_intent
    error = refusal(client, payment_intent=intent)
    assert "does not have a successful charge to refund" in str(error.user_message)
    assert error.code is None


def test_a_pending_refund_arrives_later(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    session = paid(sandbox, client, new_session, card=PENDING)
    refund = client.v1.refunds.create({"payment_intent": str(session.payment_intent)})
    assert (refund.status, refund.to_dict()["pending_reason"]) == ("pending", "processing")
    assert_right(refund)
    sandbox.advance(11)
    done = client.v1.refunds.retrieve(refund.id)
    assert done.status == "succeeded"
    assert set(done.to_dict()) == FIELDS
    assert kinds(sandbox)[-2:] == ["refund.updated", "charge.refund.updated"]


def test_a_refund_fails_after_it_succeeded_and_the_amount_is_left_again(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    session = paid(sandbox, client, new_session, card=FAILS)
    intent = str(session.payment_intent)
    refund = client.v1.refunds.create({"payment_intent": intent})
    assert refund.status == "succeeded"
    sandbox.advance(11)
    failed = client.v1.refunds.retrieve(refund.id)
    assert_right(failed)
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    assert failed.failure_balance_transaction
    assert kinds(sandbox)[-3:] == ["refund.updated", "charge.refund.updated", "refund.failed"]
    assert client.v1.refunds.create({"payment_intent": intent}).amount == 49900


def test_metadata_can_be_changed_and_a_card_refund_cannot_be_canceled(
    sandbox: Sandbox, client: StripeClient, payment: str
) -> None:
    refund = client.v1.refunds.create({"payment_intent": payment, "metadata": {"a": "1"}})
    changed = client.v1.refunds.update(refund.id, {"metadata": {"b": "2"}})
    assert changed.to_dict()["metadata"] == {"a": "1", "b": "2"}
    before = everything(sandbox)
    with pytest.raises(stripe.InvalidRequestError, match="Canceling this refund is unsupported"):
        client.v1.refunds.cancel(refund.id)
    assert everything(sandbox) == before


def test_the_dashboard_refunds_without_metadata_and_decides_what_becomes_of_it(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    session = paid(sandbox, client, new_session, card=PENDING)
    first = sandbox.refund(session.id, 10000)
    assert client.v1.refunds.retrieve(first).to_dict()["metadata"] == {}
    sandbox.refund_is_canceled(first)
    assert client.v1.refunds.retrieve(first).status == "canceled"
    second = sandbox.refund(str(session.payment_intent))
    assert client.v1.refunds.retrieve(second).amount == 49900
    sandbox.refund_succeeds(second)
    with pytest.raises(ApiError, match="succeeded"):
        sandbox.refund_succeeds(second)
    sandbox.refund_fails(second)
    with pytest.raises(ApiError, match="failed"):
        sandbox.refund_fails(second)
    assert client.v1.refunds.retrieve(second).status == "failed"


def test_sessions_without_a_payment_have_nothing_to_refund(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    free = new_session(price=price_of(client, 0))
    sandbox.pay(free.id)
    before = everything(sandbox)
    for session in (free, new_session()):
        with pytest.raises(ApiError, match="no payment"):
            sandbox.refund(session.id)
    assert [refund.id for refund in client.v1.refunds.list().data] == []
    assert everything(sandbox)[: len(before)] == before


def test_a_refund_to_a_bank_account_is_pending_first(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    session = new_session()
    sandbox.pay(session.id, bank="000123456789")
    sandbox.settle(session.id)
    intent = str(client.v1.checkout.sessions.retrieve(session.id).payment_intent)
    refund = client.v1.refunds.create({"payment_intent": intent})
    assert_right(refund)
    assert refund.status == "pending"
    sandbox.advance(11)
    assert client.v1.refunds.retrieve(refund.id).status == "succeeded"
