"""What a payment leaves behind: payment intents and charges (docs.stripe.com/api/payment_intents,
.../charges).
"""

from typing import Any

from stripe_sandbox import ids
from stripe_sandbox.errors import no_such
from stripe_sandbox.objects import events, parameters
from stripe_sandbox.objects.cards import Card
from stripe_sandbox.state import Record, State

RETRIEVE = parameters.group(parameters.EXPAND)

# What a charge has from its intent.
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


def _found(state: State, kind: str, object_id: str) -> Record:
    record = state.get(kind, object_id)
    if record is None:
        raise no_such(kind, object_id)
    return record


def intent_for(state: State, session: Record, data: dict[str, Any]) -> Record:
    """The payment intent of a session that is being paid, on its way (``processing``); not kept
    yet.

    ``data`` is the session's ``payment_intent_data``.
    """
    intent_id = ids.new("pi")
    return {
        "id": intent_id,
        "object": "payment_intent",
        "amount": session["amount_total"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": data.get("capture_method", "automatic_async"),
        "client_secret": f"{intent_id}_secret_{ids.random_text(25)}",
        "confirmation_method": "automatic",
        "created": state.now(),
        "currency": session["currency"],
        "customer": None,
        "customer_account": None,
        "description": data.get("description"),
        "excluded_payment_method_types": session["excluded_payment_method_types"],
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": parameters.merged({}, data.get("metadata")),
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": ids.new("pm"),
        "payment_method_configuration_details": None,
        "payment_method_options": {},
        "payment_method_types": list(session["payment_method_types"]),
        "processing": None,
        "receipt_email": data.get("receipt_email"),
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "source": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": data.get("statement_descriptor_suffix"),
        "status": "processing",
        "transfer_data": None,
        "transfer_group": None,
    }


def collect(
    state: State, intent: Record, billing: Record, details: Record, risk: str = "normal"
) -> None:
    """The money is there: a charge, and the intent ``succeeded``, with their events."""
    charge = state.add(_charge(state, intent, billing, details, risk))
    received = {
        "status": "succeeded",
        "amount_received": intent["amount"],
        "latest_charge": charge["id"],
    }
    intent = state.save({**intent, **received})
    events.record(state, "charge.succeeded", charge)
    events.record(state, "payment_intent.succeeded", intent)


def billing_details(email: str | None, name: str | None) -> Record:
    """Who pays, as charges and payment methods say it."""
    return {"address": no_address(), "email": email, "name": name, "phone": None, "tax_id": None}


def card_details(card: Card, expiry: tuple[int, int]) -> Record:
    """``payment_method_details`` of a card, with month and year of its expiry."""
    month, year = expiry
    shown = {
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
        "three_d_secure": _challenged() if card.asks else None,
        "wallet": None,
    }
    return {"card": shown, "type": "card"}


def no_address() -> Record:
    """An address nobody was asked for."""
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


def _charge(state: State, intent: Record, billing: Record, details: Record, risk: str) -> Record:
    return {
        **{name: intent[name] for name in SHARED},
        "id": ids.new("ch"),
        "object": "charge",
        "amount_captured": intent["amount"],
        "amount_refunded": 0,
        "application_fee": None,
        "balance_transaction": None,
        "billing_details": billing,
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
            "risk_level": risk,
            "seller_message": "Payment complete.",
            "type": "authorized",
        },
        "paid": True,
        "payment_intent": intent["id"],
        "payment_method_details": details,
        "radar_options": {},
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "source_transfer": None,
        "status": "succeeded",
    }
