"""Checkout Sessions: make one, ask for one, end one.

Source: docs.stripe.com/api/checkout/sessions.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, cast

import stripe
from stripe.params.checkout import SessionCreateParams, SessionListParams, SessionRetrieveParams

from stripe_gateway.client import patient, quick_client
from stripe_gateway.errors import KeyRefused, Refused, UnexpectedAnswer, translated
from stripe_gateway.reading import (
    Json,
    address,
    flag,
    mapping,
    optional_integer,
    optional_text,
    reference,
    strings,
    text,
    timestamp,
)

# docs.stripe.com/payments/paymentintents/lifecycle: back to the start after a failed debit, or
# given up.
FAILED_INTENT = ("requires_payment_method", "canceled")


@dataclass(frozen=True, kw_only=True)
class LineItem:
    """One line of a session as Stripe sold it; amounts in minor units."""

    name: str
    quantity: int
    unit_amount: int
    product_id: str


@dataclass(frozen=True, kw_only=True)
class Session:
    """A snapshot of a Checkout Session. Amounts are in minor units of `currency`.

    `line_items` is None where the snapshot does not carry them: events never do. `intent_status` is
    empty where the snapshot only names the payment intent: events, lists, and a key that may not
    read intents.
    """

    id: str
    status: str
    payment_status: str
    mode: str
    livemode: bool
    currency: str
    subtotal: int
    discount: int
    shipping: int
    tax: int
    total: int
    payment_intent: str
    intent_status: str
    email: str
    name: str
    url: str
    created: int
    metadata: dict[str, str] = field(default_factory=dict)
    line_items: tuple[LineItem, ...] | None = None

    @property
    def created_at(self) -> datetime:
        """`created`, as a moment."""
        return datetime.fromtimestamp(self.created, UTC)

    @property
    def is_paid(self) -> bool:
        """The goods are the shopper's: paid, or nothing was due
        (docs.stripe.com/payments/checkout/no-cost-orders).
        """
        return self.status == "complete" and self.payment_status in ("paid", "no_payment_required")

    @property
    def adds_up(self) -> bool:
        """Whether the total is what its parts say; how much of the tax comes on top depends on the
        prices.
        """
        on_top = self.total - (self.subtotal - self.discount + self.shipping)
        return (
            0 <= on_top <= self.tax
            and min(self.subtotal, self.discount, self.shipping, self.total) >= 0
        )

    @property
    def lacks_intent_status(self) -> bool:
        """Whether the money of a delayed payment is under way or has failed, this snapshot does not
        tell.
        """
        return (
            self.status == "complete"
            and not self.is_paid
            and bool(self.payment_intent)
            and not self.intent_status
        )

    @property
    def has_failed(self) -> bool:
        """A delayed payment came to nothing.

        The session stays complete and unpaid; only its intent tells.
        """
        return (
            self.status == "complete" and not self.is_paid and self.intent_status in FAILED_INTENT
        )


def session_request(
    *,
    items: Iterable[tuple[str, int]],
    success_url: str,
    cancel_url: str,
    email: str,
    reference_id: str,
    metadata: dict[str, str],
    expires_at: int,
) -> dict[str, Any]:
    """The parameters of `create_session` for (price id, quantity) items; `expires_at` in Unix
    seconds.

    The payment intent gets the same metadata: Stripe copies none, and refunds and disputes lead to
    the intent only.
    """
    params: SessionCreateParams = {
        "mode": "payment",
        "line_items": [{"price": price, "quantity": quantity} for price, quantity in items],
        "success_url": success_url,
        "cancel_url": cancel_url,
        "client_reference_id": reference_id,
        "metadata": metadata,
        "payment_intent_data": {"metadata": metadata},
        "expires_at": expires_at,
        # The shopper pays the amount that was shown, in the currency that was shown.
        "adaptive_pricing": {"enabled": False},
    }
    if email:
        params["customer_email"] = email
    return cast(dict[str, Any], params)


def create_session(request: dict[str, Any], *, idempotency_key: str) -> Session:
    """Make a session.

    Raises PriceInactive, NotFound (a price of another account), Refused, Unavailable, KeyRefused.
    """
    with translated():
        made = patient().v1.checkout.sessions.create(
            cast(SessionCreateParams, request), {"idempotency_key": idempotency_key}
        )
    return read_session(made.to_dict())


def retrieve_session(session_id: str, *, with_items: bool = False, quick: bool = False) -> Session:
    """Ask for a session's present state; `quick` makes one try of three seconds. Raises NotFound,
    Unavailable.

    Where the key may not read payment intents `intent_status` stays empty.
    """
    client = quick_client() if quick else patient()
    try:
        session = _retrieve(client, session_id, {"expand": ["payment_intent"]})
    except KeyRefused:
        session = _retrieve(client, session_id, {})
    if not with_items:
        return session
    with translated():
        items = _line_items(client, session_id)
    return replace(session, line_items=tuple(map(_line_item, items)))


def _retrieve(
    client: stripe.StripeClient, session_id: str, params: SessionRetrieveParams
) -> Session:
    with translated():
        session = client.v1.checkout.sessions.retrieve(session_id, params).to_dict()
    return read_session(session)


def expire_session(session_id: str) -> Session:
    """End an open session. Where it is not open any more the answer is what became of it."""
    try:
        with translated():
            return read_session(patient().v1.checkout.sessions.expire(session_id).to_dict())
    except Refused:
        # No code tells "not open"; only the session itself does.
        return retrieve_session(session_id)


def list_sessions(*, since: int, until: int) -> Iterator[Session]:
    """Sessions created between two Unix times, both included, newest first."""
    after, is_more = "", True
    while is_more:
        page, is_more = page_of_sessions(since=since, until=until, after=after)
        yield from page
        after = page[-1].id if page else ""


def page_of_sessions(
    *, since: int, until: int, after: str = "", complete: bool = False
) -> tuple[list[Session], bool]:
    """Up to a hundred of those sessions, from the one that follows `after`, and whether there are
    more.

    `complete` leaves out those that are open or have expired. Raises GatewayError.
    """
    params: SessionListParams = {"created": {"gte": since, "lte": until}, "limit": 100}
    if after:
        params["starting_after"] = after
    if complete:
        params["status"] = "complete"
    with translated():
        page = patient().v1.checkout.sessions.list(params)
        found, is_more = [session.to_dict() for session in page.data], page.has_more
    if is_more and not found:
        raise UnexpectedAnswer("A page of sessions is empty, and there should be more.")
    return [read_session(session) for session in found], is_more


def read_session(data: Json) -> Session:
    """Read a session from Stripe's JSON, an event's object or an answer.

    Raises UnexpectedAnswer.
    """
    details, customer = mapping(data, "total_details"), mapping(data, "customer_details")
    return Session(
        id=text(data, "id"),
        status=optional_text(data, "status"),
        payment_status=text(data, "payment_status"),
        mode=text(data, "mode"),
        livemode=flag(data, "livemode"),
        currency=optional_text(data, "currency"),
        subtotal=optional_integer(data, "amount_subtotal"),
        discount=optional_integer(details, "amount_discount"),
        shipping=optional_integer(details, "amount_shipping"),
        tax=optional_integer(details, "amount_tax"),
        total=optional_integer(data, "amount_total"),
        payment_intent=reference(data, "payment_intent"),
        intent_status=_intent_status(data),
        email=optional_text(customer, "email"),
        name=optional_text(customer, "name"),
        url=address(data, "url"),
        created=timestamp(data, "created"),
        metadata=strings(data, "metadata"),
    )


def _intent_status(data: Json) -> str:
    intent = data.get("payment_intent")
    return optional_text(intent, "status") if isinstance(intent, Mapping) else ""


def _line_items(client: stripe.StripeClient, session_id: str) -> list[Json]:
    # A session's own `line_items` are never in an event and hold ten at most; the list pages
    # through all.
    found = client.v1.checkout.sessions.line_items.list(session_id, {"limit": 100})
    return [item.to_dict() for item in found.auto_paging_iter()]


def _line_item(data: Json) -> LineItem:
    price = mapping(data, "price")
    return LineItem(
        name=optional_text(data, "description"),
        quantity=optional_integer(data, "quantity") or 1,
        unit_amount=optional_integer(price, "unit_amount"),
        product_id=reference(price, "product"),
    )
