"""Checkout Sessions in payment mode (docs.stripe.com/api/checkout/sessions).

open -> complete (checkout_page/pay.py) or open -> expired; nothing else.
"""

from typing import Any

from stripe_sandbox import currencies, ids
from stripe_sandbox.errors import InvalidParameter, no_such, refused
from stripe_sandbox.objects import (
    events,
    lists,
    parameters,
    payments,
    prices,
    session_options,
)
from stripe_sandbox.objects.session_parameters import SHORTEST_LIFE
from stripe_sandbox.state import Record, State

LONGEST_LIFE = 24 * 3600
TIME_TO_PAY = 240  # seconds between the creation of an old session and its payment
METHODS = ("card", "us_bank_account")
TOTAL_OFF = "The Checkout Session's total amount due must add up to {bound} {amount} {currency}"


def create(state: State, params: dict[str, Any]) -> Record:
    """A new open session for existing, active prices."""
    expires_at = _expiry(state, params)
    line_items = [_line(state, line, place) for place, line in enumerate(params["line_items"])]
    currency = _one_currency(line_items, params.get("currency"))
    session_options.check(state, params)
    total = sum(line["amount_total"] for line in line_items)
    check_total(total, currency)
    session = _built(state, params, currency, total, expires_at)
    private = {
        "line_items": line_items,
        "payment_intent_data": params.get("payment_intent_data", {}),
        "paid_with": None,
    }
    return state.add(session, private)


def retrieve(state: State, params: dict[str, Any], session_id: str) -> Record:
    """The session, or 404."""
    expire_due(state)
    session = state.get("checkout.session", session_id)
    if session is None:
        raise no_such("checkout.session", session_id)
    return session


def list_all(state: State, params: dict[str, Any]) -> Record:
    """Sessions, newest first, by payment intent, status and time."""
    expire_due(state)
    wanted = lists.conditions(params, "payment_intent", "status")
    if "customer_details" in params:
        wanted.append(("customer_details.email", "eq", params["customer_details"]["email"]))
    return lists.page(state, "checkout.session", "/v1/checkout/sessions", params, wanted)


def list_line_items(state: State, params: dict[str, Any], session_id: str) -> Record:
    """The line items, in the order in which they were sent."""
    session = retrieve(state, {}, session_id)
    return lists.slice_of(line_items_of(state, session), _line_items_url(session), params)


def expire(state: State, params: dict[str, Any], session_id: str) -> Record:
    """Expire an open session. Any other is refused with Stripe's own message."""
    session = retrieve(state, {}, session_id)
    if session["status"] != "open":
        message = 'Only Checkout Sessions with a status in ["open"] can be expired. '
        raise refused(f"{message}This Checkout Session has a status of `{session['status']}`.")
    return _expired(state, session)


def expire_due(state: State) -> None:
    """Expire every open session whose time is over, as Stripe does automatically."""
    with state.transaction():
        due = state.find(
            "checkout.session", [("status", "eq", "open"), ("expires_at", "lte", state.now())]
        )
        for session in due:
            cause, state.cause = state.cause, {"id": None, "idempotency_key": None}
            _expired(state, session)
            state.cause = cause


def make_old(state: State, session: Record) -> None:
    """Set the creation of a session to shortly before the current time, which is in the past."""
    created = state.now() - TIME_TO_PAY
    expires_at = session["expires_at"] - session["created"] + created
    state.save({**session, "created": created, "expires_at": expires_at})


def line_items_of(state: State, session: Record) -> list[Record]:
    """The line items with their prices as they are now."""
    kept = state.private(session["id"])["line_items"]
    return [{**line, "price": state.get("price", line["price"])} for line in kept]


def first_line_items(state: State, session: Record) -> Record:
    """The expanded ``line_items`` of a session: the first page."""
    return lists.slice_of(line_items_of(state, session), _line_items_url(session), {})


def _line_items_url(session: Record) -> str:
    return f"/v1/checkout/sessions/{session['id']}/line_items"


def _expired(state: State, session: Record) -> Record:
    session = state.save({**session, "status": "expired", "url": None})
    intent = state.get("payment_intent", session["payment_intent"])
    if intent is not None:  # of a declined payment
        payments.cancel(state, intent)
    events.record(state, "checkout.session.expired", session)
    return session


def _expiry(state: State, params: dict[str, Any]) -> int:
    now = state.now()
    expires_at = int(params.get("expires_at", now + LONGEST_LIFE))
    if expires_at < now + SHORTEST_LIFE:
        message = (
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation."
        )
        raise InvalidParameter(400, message, param="expires_at")
    if expires_at > now + LONGEST_LIFE:
        message = (
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation."
        )
        raise InvalidParameter(400, message, param="expires_at")
    return expires_at


def _line(state: State, line: dict[str, Any], place: int) -> Record:
    param = f"line_items[{place}][price]"
    price = prices.named(state, line["price"], param)
    product = state.get("product", price["product"])
    if not price["active"]:
        raise refused(prices.INACTIVE, param)
    if product is None or not product["active"]:
        message = (
            f"Price `{price['id']}` is not available to be purchased because its product is "
            "not active."
        )
        raise refused(message, param)
    if price["unit_amount"] is None:
        raise refused("The sandbox supports prices in whole minor units only.", param)
    amount = price["unit_amount"] * line["quantity"]
    return {
        "id": ids.new("li"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": price["currency"],
        "description": product["name"],
        "metadata": parameters.merged({}, line.get("metadata")),
        "price": price["id"],
        "quantity": line["quantity"],
    }


def _one_currency(line_items: list[Record], asked: str | None) -> str:
    found = {line["currency"] for line in line_items} | ({asked} if asked else set())
    if len(found) > 1:
        raise refused(
            "All prices of a Checkout Session must have one currency; these are "
            f"{', '.join(sorted(found))}."
        )
    return str(found.pop())


def check_total(total: int, currency: str) -> None:
    """Refuse a total that cannot be charged.

    Zero can: it is a no-cost order (docs.stripe.com/payments/checkout/no-cost-orders).
    """
    low, high = currencies.MINIMUM.get(currency, 0), currencies.MAXIMUM
    if 0 < total < low:
        amount = currencies.readable(low, currency)
        raise refused(
            TOTAL_OFF.format(bound="at least", amount=amount, currency=currency),
            code="amount_too_small",
        )
    if total > high:
        amount = currencies.readable(high, currency)
        raise refused(
            TOTAL_OFF.format(bound="no more than", amount=amount, currency=currency),
            code="amount_too_large",
        )


def _built(
    state: State, params: dict[str, Any], currency: str, total: int, expires_at: int
) -> Record:
    session_id = ids.new("cs_test")
    echoed = {name: params.get(name) for name in ECHOED}
    return {
        **dict.fromkeys(ALWAYS_NULL),
        **echoed,
        **session_options.built(state, params, currency),
        "id": session_id,
        "object": "checkout.session",
        "adaptive_pricing": params.get("adaptive_pricing", {"enabled": False}),
        "amount_subtotal": total,
        "amount_total": total,
        "created": state.now(),
        "currency": currency,
        "custom_text": _custom_text(params),
        "customer_creation": params.get("customer_creation", "if_required"),
        "customer_details": None,
        "expires_at": expires_at,
        "livemode": False,
        "managed_payments": {"enabled": False},
        "metadata": parameters.merged({}, params.get("metadata")),
        "mode": "payment",
        "payment_intent": None,
        "payment_method_options": {},
        "payment_method_types": _methods(params),
        "payment_status": "unpaid" if total else "no_payment_required",
        "status": "open",
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": f"{state.public_url}/pay/{session_id}",
    }


def _methods(params: dict[str, Any]) -> list[str]:
    """The payment methods: cards and bank accounts, as far as the caller allows them."""
    allowed = params.get("allowed_payment_method_types", METHODS)
    excluded = params.get("excluded_payment_method_types", ())
    offered = [method for method in METHODS if method in allowed and method not in excluded]
    if "card" not in offered:
        raise refused("In the sandbox, cards cannot be excluded.", "allowed_payment_method_types")
    return offered


def _custom_text(params: dict[str, Any]) -> Record:
    places = dict.fromkeys(
        ["after_submit", "shipping_address", "submit", "terms_of_service_acceptance"]
    )
    return {**places, **params.get("custom_text", {})}


ECHOED = (
    "allowed_payment_method_types",
    "billing_address_collection",
    "cancel_url",
    "client_reference_id",
    "customer_email",
    "excluded_payment_method_types",
    "locale",
    "submit_type",
    "success_url",
)
ALWAYS_NULL = (
    "after_expiration",
    "client_secret",
    "collected_information",
    "consent",
    "currency_conversion",
    "customer",
    "customer_account",
    "discounts",
    "integration_identifier",
    "invoice",
    "origin_context",
    "payment_link",
    "payment_method_collection",
    "payment_method_configuration_details",
    "permissions",
    "recovered_from",
    "saved_payment_method_options",
    "setup_intent",
    "shipping_cost",
    "subscription",
    "wallet_options",
)
