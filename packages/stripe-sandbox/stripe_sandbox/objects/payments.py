"""Payment intents and charges (docs.stripe.com/api/payment_intents, .../charges)."""

from dataclasses import dataclass
from typing import Any

from stripe_sandbox import ids
from stripe_sandbox.errors import no_such
from stripe_sandbox.objects import disputes, events, lists, parameters
from stripe_sandbox.objects.cards import Card, Decline, Follow
from stripe_sandbox.state import Record, State

# Fields of an intent that are null when it is created.
NULL_AT_FIRST = (
    "application", "application_fee_amount", "automatic_payment_methods", "canceled_at",
    "cancellation_reason", "customer", "customer_account", "last_payment_error", "latest_charge",
    "next_action", "on_behalf_of", "payment_method_configuration_details", "payment_record",
    "processing", "review", "setup_future_usage", "source", "statement_descriptor",
    "transfer_data", "transfer_group",
)  # fmt: skip

# Fields of a payment method that it shares with the charge's card, and those it has in addition.
SHOWN_OF_CARD = (
    "brand",
    "checks",
    "country",
    "exp_month",
    "exp_year",
    "fingerprint",
    "funding",
    "last4",
    "wallet",
)
CARD_OF_METHOD: Record = {
    "display_brand": None, "generated_from": None, "networks": None, "regulated_status": None,
    "three_d_secure_usage": {"supported": True},
}  # fmt: skip

RETRIEVE = parameters.group(parameters.EXPAND)
LIST_INTENTS = parameters.group(
    {
        **parameters.PAGE,
        "created": parameters.created,
        **dict.fromkeys(["customer", "customer_account"], parameters.unsupported),
    }
)
LIST_CHARGES = parameters.group(
    {
        **parameters.PAGE,
        "created": parameters.created,
        "payment_intent": parameters.text(255),
        **dict.fromkeys(["customer", "transfer_group"], parameters.unsupported),
    }
)

# Fields that a charge copies from its intent.
SHARED = (
    "amount", "application", "application_fee_amount", "currency", "customer", "description", "livemode", "metadata",
    "on_behalf_of", "payment_method", "receipt_email", "review", "shipping", "source", "statement_descriptor",
    "statement_descriptor_suffix", "transfer_data", "transfer_group",
)  # fmt: skip


def retrieve_intent(state: State, params: dict[str, Any], intent_id: str) -> Record:
    """The payment intent, or 404."""
    return _found(state, "payment_intent", intent_id)


def retrieve_charge(state: State, params: dict[str, Any], charge_id: str) -> Record:
    """The charge, or 404."""
    return _found(state, "charge", charge_id)


def list_intents(state: State, params: dict[str, Any]) -> Record:
    """Payment intents of any status, newest first."""
    wanted = lists.conditions(params)
    return lists.page(state, "payment_intent", "/v1/payment_intents", params, wanted)


def list_charges(state: State, params: dict[str, Any]) -> Record:
    """Charges of any status, newest first, by payment intent and time."""
    wanted = lists.conditions(params, "payment_intent")
    return lists.page(state, "charge", "/v1/charges", params, wanted)


def _found(state: State, kind: str, object_id: str) -> Record:
    record = state.get(kind, object_id)
    if record is None:
        raise no_such(kind, object_id)
    return record


def intent_of(state: State, session: Record, data: dict[str, Any]) -> Record:
    """The payment intent of a session that is being paid: a new one, or that of an earlier, declined
    payment.

    ``data`` is the session's ``payment_intent_data``.
    """
    intent = state.get("payment_intent", session["payment_intent"])
    if intent is None:
        return state.add(_intent(state, session, data))
    again = {"amount": session["amount_total"], "payment_method": ids.new("pm")}
    return state.save({**intent, **again, "last_payment_error": None, "status": "processing"})


def _intent(state: State, session: Record, data: dict[str, Any]) -> Record:
    intent_id = ids.new("pi")
    return {
        **dict.fromkeys(NULL_AT_FIRST),
        "id": intent_id,
        "object": "payment_intent",
        "amount": session["amount_total"],
        "amount_capturable": 0,
        "allowed_payment_method_types": session["allowed_payment_method_types"],
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "capture_method": data.get("capture_method", "automatic_async"),
        "client_secret": f"{intent_id}_secret_{ids.random_text(25)}",
        "confirmation_method": "automatic",
        "created": state.now(),
        "currency": session["currency"],
        "description": data.get("description"),
        "excluded_payment_method_types": session["excluded_payment_method_types"],
        "livemode": False,
        "managed_payments": {"enabled": False},
        "metadata": parameters.merged({}, data.get("metadata")),
        "payment_method": ids.new("pm"),
        "payment_method_options": {},
        "payment_method_types": list(session["payment_method_types"]),
        "receipt_email": data.get("receipt_email"),
        "shipping": _shipping(data.get("shipping")),
        "statement_descriptor_suffix": data.get("statement_descriptor_suffix"),
        "status": "processing",
    }


def _shipping(asked: dict[str, Any] | None) -> Record | None:
    if asked is None:
        return None
    rest = dict.fromkeys(["carrier", "phone", "tracking_number"])
    return {**rest, **asked, "address": {**no_address(), **asked["address"]}}


@dataclass(frozen=True)
class Source:
    """Where the money of a payment comes from, as its charge shows it.

    ``refunds`` and ``follows`` are those of the card (cards.py).
    """

    billing: Record
    details: Record
    risk: str = "normal"
    refunds: str = "succeed"
    follows: tuple[Follow, ...] = ()


def collect(state: State, intent: Record, source: Source) -> None:
    """Create the charge and set the intent to ``succeeded``, with their events.

    A dispute comes before payment_intent.succeeded, as observed at Stripe.
    """
    charge = state.add(_charge(state, intent, source), {"refunds": source.refunds})
    received = {
        "status": "succeeded",
        "amount_received": intent["amount"],
        "latest_charge": charge["id"],
    }
    intent = state.save({**intent, **received})
    events.record(state, "charge.succeeded", charge)
    for follow in source.follows:
        _follow(state, charge, follow)
    events.record(state, "payment_intent.succeeded", intent)


def _follow(state: State, charge: Record, follow: Follow) -> None:
    if follow.kind == "warning":
        disputes.warn(state, charge)
    else:
        disputes.begin(state, charge, follow.kind, follow.reason)


def decline(state: State, intent: Record, source: Source, decline: Decline) -> Record:
    """The card was refused: a failed charge, and the intent waits for another payment method."""
    failed = {
        **_charge(state, intent, source),
        "amount_captured": 0,
        "captured": False,
        "failure_code": decline.code,
        "failure_message": decline.message,
        "paid": False,
        "status": "failed",
    }
    failed["outcome"] |= {
        "network_status": "declined_by_network",
        "reason": decline.decline_code or decline.code,
        "seller_message": "The bank did not return any further details with this decline.",
        "type": "issuer_declined",
    }
    charge = state.add(failed)
    waiting = {
        "last_payment_error": _card_error(state, intent, source, charge, decline),
        "latest_charge": charge["id"],
        "payment_method": None,
        "status": "requires_payment_method",
    }
    intent = state.save({**intent, **waiting})
    events.record(state, "charge.failed", charge)
    events.record(state, "payment_intent.payment_failed", intent)
    return intent


def _card_error(
    state: State, intent: Record, source: Source, charge: Record, decline: Decline
) -> Record:
    """``last_payment_error`` of a declined card."""
    why = {"decline_code": decline.decline_code} if decline.decline_code else {}
    return {
        "charge": charge["id"],
        "code": decline.code,
        "doc_url": f"https://docs.stripe.com/error-codes#{decline.code.replace('_', '-')}",
        "message": decline.message,
        "payment_method": payment_method(state, intent["payment_method"], source),
        "type": "card_error",
        **why,
    }


def payment_method(state: State, method_id: str, source: Source) -> Record:
    """The payment method as it is shown in errors (docs.stripe.com/api/payment_methods)."""
    kind = source.details["type"]
    shown = source.details[kind]
    if kind == "card":
        shown = {**CARD_OF_METHOD, **{name: shown[name] for name in SHOWN_OF_CARD}}
    return {
        "id": method_id,
        "object": "payment_method",
        "billing_details": source.billing,
        kind: shown,
        "created": state.now(),
        "customer": None,
        "livemode": False,
        "metadata": {},
        "type": kind,
    }


def cancel(state: State, intent: Record) -> None:
    """Cancel the intent of a declined payment, because its session has expired."""
    canceled = {"status": "canceled", "canceled_at": state.now()}
    events.record(state, "payment_intent.canceled", state.save({**intent, **canceled}))


def billing_details(email: str | None, name: str | None) -> Record:
    """The billing details of charges and payment methods."""
    return {"address": no_address(), "email": email, "name": name, "phone": None, "tax_id": None}


def card_source(card: Card, expiry: tuple[int, int], billing: Record) -> Source:
    """A test card as the source of a payment; ``expiry`` is month and year."""
    return Source(billing, card_details(card, expiry), card.risk, card.refunds, card.follows)


def card_details(card: Card, expiry: tuple[int, int]) -> Record:
    """``payment_method_details`` of a card, with month and year of its expiry."""
    month, year = expiry
    shown = {
        "amount_authorized": None,
        "authorization_code": None,
        "brand": card.brand,
        "checks": {
            "address_line1_check": None,
            "address_postal_code_check": None,
            "cvc_check": "pass",
        },
        "country": card.country,
        "exp_month": month,
        "exp_year": year,
        "fingerprint": ids.random_text(16),
        "funding": "credit",
        "installments": None,
        "last4": card.last4,
        "mandate": None,
        "network": card.brand,
        "network_token": {"used": False},
        "network_transaction_id": ids.random_text(15),
        "regulated_status": "unregulated",
        "three_d_secure": _challenged() if card.has_challenge else None,
        "wallet": None,
    }
    return {"card": shown, "type": "card"}


def no_address() -> Record:
    """An address without any values."""
    return dict.fromkeys(["city", "country", "line1", "line2", "postal_code", "state"])


def _challenged() -> Record:
    return {
        "authentication_flow": "challenge",
        "electronic_commerce_indicator": "05",
        "exemption_indicator": None,
        "exemption_indicator_applied": None,
        "result": "authenticated",
        "result_reason": None,
        "transaction_id": ids.random_text(24),
        "version": "2.2.0",
    }


def _charge(state: State, intent: Record, source: Source) -> Record:
    return {
        **{name: intent[name] for name in SHARED},
        "id": ids.new("ch"),
        "object": "charge",
        "amount_captured": intent["amount"],
        "amount_refunded": 0,
        "application_fee": None,
        "balance_transaction": None,
        "billing_details": source.billing,
        "calculated_statement_descriptor": None,
        "captured": True,
        "created": state.now(),
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "outcome": {
            "advice_code": None,
            "network_advice_code": None,
            "network_decline_code": None,
            "network_status": "approved_by_network",
            "reason": None,
            "risk_level": source.risk,
            "seller_message": "Payment complete.",
            "type": "authorized",
        },
        "paid": True,
        "payment_intent": intent["id"],
        "payment_method_details": source.details,
        "radar_options": {},
        "receipt_number": None,
        "receipt_url": f"{state.public_url}/receipts/{intent['id']}",
        "refunded": False,
        "source_transfer": None,
        "status": "succeeded",
    }
