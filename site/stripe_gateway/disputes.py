"""Disputes and early fraud warnings.

Source: docs.stripe.com/api/disputes and docs.stripe.com/api/radar/early_fraud_warnings.
"""

from datetime import UTC, datetime

from stripe.params import DisputeListParams

from stripe_gateway.calls import translated
from stripe_gateway.client import stripe_client
from stripe_gateway.listing import Listed, listed_page
from stripe_gateway.parsing import (
    Amount,
    Flag,
    Json,
    Reference,
    StripeModel,
    Text,
    Timestamp,
    parse,
)
from stripe_gateway.policy import PAGE_SIZE


class Movement(StripeModel):
    """A balance transaction of a dispute, in minor units: negative when money was withdrawn."""

    amount: Amount = 0


class Evidence(StripeModel):
    """Until when the shop can respond: Unix seconds, 0 if no response is possible."""

    due_by: Timestamp = 0


class Dispute(StripeModel):
    """A snapshot of a dispute. The amount is in minor units of `currency`, which may differ from
    the payment's.
    """

    id: Text
    amount: Amount
    currency: Text
    status: Text
    reason: Text = ""
    payment_intent: Reference = ""
    is_charge_refundable: Flag = False
    evidence_details: Evidence = Evidence()
    balance_transactions: tuple[Movement, ...] = ()
    created: Timestamp

    @property
    def withdrawn(self) -> int:
        """What Stripe has taken from the shop's balance and not given back, in minor units of the
        balance's currency. Without the fee.
        """
        return -sum(row.amount for row in self.balance_transactions)

    @property
    def respond_by(self) -> datetime | None:
        """Until when the shop can respond; None if it cannot."""
        due = self.evidence_details.due_by
        return datetime.fromtimestamp(due, UTC) if due else None

    @property
    def created_at(self) -> datetime:
        return datetime.fromtimestamp(self.created, UTC)


class FraudWarning(StripeModel):
    """What a bank reports before it may dispute the payment.

    `actionable` is False once the payment was refunded in full or disputed.
    """

    id: Text
    payment_intent: Reference = ""
    charge: Reference = ""
    fraud_type: Text = ""
    actionable: Flag = False


def retrieve_dispute(dispute_id: str, *, quick: bool = False) -> Dispute:
    """Return a dispute's present state; `quick` makes one attempt, of 3 s. Raises NotFound."""
    with translated():
        found = stripe_client(quick=quick).v1.disputes.retrieve(dispute_id)
    return parse_dispute(found.to_dict())


def page_of_disputes(
    *, since: int, until: int, after: str = ""
) -> tuple[list[Listed[Dispute]], bool]:
    """Up to a hundred disputes created between two Unix times, both included, newest first, and
    whether there are more.

    The page begins with the dispute that follows `after`. Raises GatewayError.
    """
    params: DisputeListParams = {"created": {"gte": since, "lte": until}, "limit": PAGE_SIZE}
    if after:
        params["starting_after"] = after
    return listed_page(lambda: stripe_client().v1.disputes.list(params), parse_dispute, until=until)


def parse_dispute(data: Json) -> Dispute:
    """Parse a dispute from an event or an answer. Raises UnexpectedAnswer."""
    return parse(Dispute, data)


def parse_fraud_warning(data: Json) -> FraudWarning:
    """Parse an early fraud warning from an event. Raises UnexpectedAnswer."""
    return parse(FraudWarning, data)
