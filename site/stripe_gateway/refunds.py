"""Refunds: create, retrieve and list them. Source: docs.stripe.com/api/refunds."""

from datetime import UTC, datetime
from typing import cast

from pydantic import Field
from stripe.params import RefundCreateParams, RefundListParams

from stripe_gateway.calls import translated
from stripe_gateway.client import stripe_client
from stripe_gateway.listing import Listed, listed_page
from stripe_gateway.parsing import (
    Amount,
    Json,
    Metadata,
    Reference,
    StripeModel,
    Text,
    Timestamp,
    parse,
)
from stripe_gateway.policy import PAGE_SIZE


class Refund(StripeModel):
    """A snapshot of a refund. The amount is in minor units of `currency`.

    `failure_reason` is empty unless the refund failed: Stripe leaves the field out.
    """

    id: Text
    amount: Amount
    currency: Text
    status: Text = ""
    payment_intent: Reference = ""
    failure_reason: Text = ""
    reason: Text = ""
    created: Timestamp
    metadata: Metadata = Field(default_factory=dict)

    @property
    def created_at(self) -> datetime:
        return datetime.fromtimestamp(self.created, UTC)


class Charge(StripeModel):
    """The charge of an event, as far as the shop uses it."""

    payment_intent: Reference = ""


def create_refund(
    *,
    payment_intent: str,
    amount: int,
    reason: str,
    metadata: dict[str, str],
    idempotency_key: str,
) -> Refund:
    """Refund part of a payment; `amount` is in minor units.

    Raises ChargeDisputed, Refused (more than is left, for example), Unavailable, KeyRefused.
    """
    params: dict[str, object] = {
        "payment_intent": payment_intent,
        "amount": amount,
        "metadata": metadata,
    }
    if reason:
        params["reason"] = reason
    with translated():
        created = stripe_client().v1.refunds.create(
            cast(RefundCreateParams, params), {"idempotency_key": idempotency_key}
        )
    return parse_refund(created.to_dict())


def retrieve_refund(refund_id: str, *, quick: bool = False) -> Refund:
    """Return a refund's present state; `quick` makes one attempt, of 3 s. Raises NotFound."""
    with translated():
        found = stripe_client(quick=quick).v1.refunds.retrieve(refund_id)
    return parse_refund(found.to_dict())


def refunds_of(payment_intent: str, *, quick: bool = False) -> list[Refund]:
    """All refunds of a payment, in any state, oldest first. Raises GatewayError."""
    params: RefundListParams = {"payment_intent": payment_intent, "limit": PAGE_SIZE}
    with translated():
        page = stripe_client(quick=quick).v1.refunds.list(params)
        found = [refund.to_dict() for refund in page.auto_paging_iter()]
    return [parse_refund(refund) for refund in reversed(found)]


def page_of_refunds(
    *, since: int, until: int, after: str = ""
) -> tuple[list[Listed[Refund]], bool]:
    """Up to a hundred refunds created between two Unix times, both included, newest first, and
    whether there are more.

    The page begins with the refund that follows `after`. Raises GatewayError.
    """
    params: RefundListParams = {"created": {"gte": since, "lte": until}, "limit": PAGE_SIZE}
    if after:
        params["starting_after"] = after
    return listed_page(lambda: stripe_client().v1.refunds.list(params), parse_refund, until=until)


def parse_refund(data: Json) -> Refund:
    """Parse a refund from an event or an answer. Raises UnexpectedAnswer."""
    return parse(Refund, data)


def payment_of_charge(data: Json) -> str:
    """Return the payment intent of a charge, or an empty text. Raises UnexpectedAnswer."""
    return parse(Charge, data).payment_intent
