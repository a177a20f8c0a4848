"""Checkout Sessions: create, retrieve, list and expire them.

Source: docs.stripe.com/api/checkout/sessions.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, cast

import stripe
from pydantic import AfterValidator, AliasPath, Field
from stripe.params.checkout import SessionCreateParams, SessionListParams, SessionRetrieveParams

from stripe_gateway.calls import translated
from stripe_gateway.client import stripe_client
from stripe_gateway.errors import KeyRefused, Refused, UnexpectedAnswer
from stripe_gateway.listing import Listed, listed_page
from stripe_gateway.parsing import (
    Amount,
    Flag,
    Json,
    Metadata,
    NullableText,
    Reference,
    StripeModel,
    Text,
    Timestamp,
    Url,
    parse,
)
from stripe_gateway.policy import PAGE_SIZE

# docs.stripe.com/payments/paymentintents/lifecycle: back to the first status after a debit that the
# bank refused, or given up.
FAILED_INTENT = ("requires_payment_method", "canceled")


class ItemPrice(StripeModel):
    """The price of a line item; `product` is an id."""

    unit_amount: Amount = 0
    product: Reference = ""


class LineItem(StripeModel):
    """One line of a session as Stripe sold it."""

    description: Text = ""
    # A line that was sold has a quantity of at least one, whatever Stripe says.
    quantity: Annotated[Amount, AfterValidator(lambda quantity: quantity or 1)] = 1
    price: ItemPrice = ItemPrice()

    @property
    def name(self) -> str:
        return self.description

    @property
    def unit_amount(self) -> int:
        """The price of one item, in minor units."""
        return self.price.unit_amount

    @property
    def product_id(self) -> str:
        return self.price.product


class TotalDetails(StripeModel):
    """What was subtracted from a session's subtotal or added to it, in minor units."""

    amount_discount: Amount = 0
    amount_shipping: Amount = 0
    amount_tax: Amount = 0


class CustomerDetails(StripeModel):
    """What the shopper entered on the payment page."""

    email: Text = ""
    name: Text = ""
    phone: Text = ""


class Address(StripeModel):
    """A delivery address; any part may be empty."""

    line1: Text = ""
    line2: Text = ""
    city: Text = ""
    state: Text = ""
    postal_code: Text = ""
    country: Text = ""


class ShippingDetails(StripeModel):
    """Who gets the goods, and where."""

    name: Text = ""
    address: Address = Address()


class CollectedInformation(StripeModel):
    """What the payment page asked for in addition to the payment."""

    shipping_details: ShippingDetails | None = None


class Consent(StripeModel):
    """What the shopper agreed to."""

    terms_of_service: Text = ""


class FieldText(StripeModel):
    """What the shopper entered in a field of ours."""

    value: Text = ""


class CustomField(StripeModel):
    """A field of ours on the payment page."""

    key: Text = ""
    text: FieldText = FieldText()


class Session(StripeModel):
    """A snapshot of a Checkout Session. Amounts are in minor units of `currency`.

    `line_items` is None unless it was retrieved too. `intent_status` is empty if the snapshot has
    the payment intent's id only, as in events, in lists, and for keys that may not read intents.
    """

    id: Text
    status: Text = ""
    payment_status: Text
    mode: Text
    livemode: Flag
    currency: Text = ""
    subtotal: Amount = Field(0, validation_alias="amount_subtotal")
    total: Amount = Field(0, validation_alias="amount_total")
    total_details: TotalDetails = TotalDetails()
    payment_intent: Reference = ""
    intent_status: NullableText = Field("", validation_alias=AliasPath("payment_intent", "status"))
    customer_details: CustomerDetails = CustomerDetails()
    collected_information: CollectedInformation = CollectedInformation()
    consent: Consent = Consent()
    custom_fields: tuple[CustomField, ...] = ()
    url: Url = ""
    created: Timestamp
    metadata: Metadata = Field(default_factory=dict)
    line_items: tuple[LineItem, ...] | None = None

    @property
    def discount(self) -> int:
        """What discounts subtracted, in minor units."""
        return self.total_details.amount_discount

    @property
    def shipping(self) -> int:
        """What the delivery costs, in minor units."""
        return self.total_details.amount_shipping

    @property
    def tax(self) -> int:
        """The tax, in minor units, whether or not the prices include it."""
        return self.total_details.amount_tax

    @property
    def email(self) -> str:
        return self.customer_details.email

    @property
    def name(self) -> str:
        return self.customer_details.name

    @property
    def phone(self) -> str:
        return self.customer_details.phone

    @property
    def accepted_terms(self) -> bool:
        return self.consent.terms_of_service == "accepted"

    @property
    def shipping_details(self) -> ShippingDetails | None:
        """The delivery address; None unless the page asked for one."""
        return self.collected_information.shipping_details

    def field(self, key: str) -> str:
        """What the shopper entered in a field of ours, or empty."""
        return next((field.text.value for field in self.custom_fields if field.key == key), "")

    @property
    def created_at(self) -> datetime:
        return datetime.fromtimestamp(self.created, UTC)

    @property
    def is_paid(self) -> bool:
        """Whether the money has arrived, or nothing was due
        (docs.stripe.com/payments/checkout/no-cost-orders).
        """
        return self.status == "complete" and self.payment_status in ("paid", "no_payment_required")

    @property
    def is_delayed(self) -> bool:
        """Whether the shopper has finished, but the money has not arrived: a delayed payment."""
        return self.status == "complete" and not self.is_paid

    @property
    def adds_up(self) -> bool:
        """Whether the total is the sum of its parts.

        Prices may or may not include the tax, so any part of it may be on top.
        """
        tax_on_top = self.total - (self.subtotal - self.discount + self.shipping)
        parts = (self.subtotal, self.discount, self.shipping, self.total)
        return 0 <= tax_on_top <= self.tax and min(parts) >= 0

    @property
    def lacks_intent_status(self) -> bool:
        """Whether only the payment intent could tell if a delayed payment is processing or failed,
        and this snapshot does not have its status.
        """
        return self.is_delayed and bool(self.payment_intent) and not self.intent_status

    @property
    def has_failed(self) -> bool:
        """Whether a delayed payment has failed. The session stays complete and unpaid; only its
        intent tells.
        """
        return self.is_delayed and self.intent_status in FAILED_INTENT


def session_request(
    *,
    items: Iterable[tuple[str, int]],
    success_url: str,
    cancel_url: str,
    email: str,
    reference_id: str,
    metadata: dict[str, str],
    expires_at: int,
    options: dict[str, Any],
) -> dict[str, Any]:
    """Return the parameters of `create_session`.

    `items` are pairs of price id and quantity; `expires_at` is in Unix seconds; `options` are
    further parameters.
    """
    params: SessionCreateParams = {
        "mode": "payment",
        "line_items": [{"price": price, "quantity": quantity} for price, quantity in items],
        "success_url": success_url,
        "cancel_url": cancel_url,
        "client_reference_id": reference_id,
        "metadata": metadata,
        # Stripe does not copy the metadata, and refunds and disputes name the intent only.
        "payment_intent_data": {"metadata": metadata},
        "expires_at": expires_at,
        # The shopper pays the amount that was shown, in the currency that was shown.
        "adaptive_pricing": {"enabled": False},
    }
    if email:
        params["customer_email"] = email
    return {**options, **params}


def create_session(request: dict[str, Any], *, idempotency_key: str) -> Session:
    """Create a session.

    Raises PriceInactive, NotFound (a price of another account), Refused, Unavailable, KeyRefused.
    """
    with translated():
        created = stripe_client().v1.checkout.sessions.create(
            cast(SessionCreateParams, request), {"idempotency_key": idempotency_key}
        )
    return parse_session(created.to_dict())


def retrieve_session(session_id: str, *, with_items: bool = False, quick: bool = False) -> Session:
    """Return a session's present state; `quick` makes one attempt, of 3 s. Raises NotFound,
    Unavailable.

    If the key may not read payment intents, `intent_status` is empty.
    """
    client = stripe_client(quick=quick)
    try:
        session = session_json(client, session_id, {"expand": ["payment_intent"]})
    except KeyRefused:
        session = session_json(client, session_id, {})
    items = line_items_json(client, session_id) if with_items else None
    return parse(Session, {**session, "line_items": items})


def session_json(
    client: stripe.StripeClient, session_id: str, params: SessionRetrieveParams
) -> Json:
    """Retrieve a session as JSON."""
    with translated():
        return client.v1.checkout.sessions.retrieve(session_id, params).to_dict()


def line_items_json(client: stripe.StripeClient, session_id: str) -> list[Json]:
    """List all lines of a session as JSON: the session itself holds ten at most."""
    with translated():
        items = client.v1.checkout.sessions.line_items.list(session_id, {"limit": PAGE_SIZE})
        return [item.to_dict() for item in items.auto_paging_iter()]


def expire_session(session_id: str) -> Session:
    """Expire an open session. If it is not open any more, return its present state."""
    try:
        with translated():
            expired = stripe_client().v1.checkout.sessions.expire(session_id).to_dict()
    except Refused:
        # No error code says "not open"; only the session itself does.
        return retrieve_session(session_id)
    return parse_session(expired)


def list_sessions(*, since: int, until: int) -> Iterator[Session]:
    """Sessions created between two Unix times, both included, newest first.

    Raises GatewayError, also for a session that cannot be read: it may be the wanted one.
    """
    after, is_more = "", True
    while is_more:
        page, is_more = page_of_sessions(since=since, until=until, after=after)
        for listed in page:
            yield listed.read()
        after = page[-1].id if page else ""


def page_of_sessions(
    *, since: int, until: int, after: str = "", complete: bool = False
) -> tuple[list[Listed[Session]], bool]:
    """Up to a hundred of those sessions, from the one that follows `after`, and whether there are
    more.

    `complete` leaves out those that are open or have expired. Raises GatewayError.
    """
    params: SessionListParams = {"created": {"gte": since, "lte": until}, "limit": PAGE_SIZE}
    if after:
        params["starting_after"] = after
    if complete:
        params["status"] = "complete"
    return listed_page(
        lambda: stripe_client().v1.checkout.sessions.list(params), parse_session, until=until
    )


def session_of_payment(payment_intent: str, *, quick: bool = False) -> Session | None:
    """Return the session that a payment intent belongs to; None if it belongs to none. Raises
    GatewayError.
    """
    params: SessionListParams = {"payment_intent": payment_intent, "limit": 1}
    with translated():
        page = stripe_client(quick=quick).v1.checkout.sessions.list(params)
        found = [session.to_dict() for session in page.data]
    return parse_session(found[0]) if found else None


def parse_session(data: Json) -> Session:
    """Parse a session from an event or an answer, without its lines. Raises UnexpectedAnswer."""
    if not isinstance(data, Mapping):
        raise UnexpectedAnswer("A session should be a JSON object.")
    return parse(Session, {**data, "line_items": None})
