"""Paying for a session: what the payment page does, and the payment intents and charges that come of it."""

from dataclasses import dataclass
from typing import Any

from . import events, fields, ids, sessions
from .cards import BY_NUMBER, Card, Decline
from .errors import no_such
from .state import Record, State

RETRIEVE = fields.group(fields.EXPAND)


@dataclass(frozen=True)
class Payer:
    """Who pays, and with what. Of the card only the last four digits and the expiry will be kept."""

    card: Card | None  # None: nothing is due
    email: str
    name: str
    expiry: tuple[int, int] = (12, 2050)  # month, year


class Declined(Exception):
    """The card was refused; the session stays open."""

    def __init__(self, decline: Decline) -> None:
        super().__init__(decline.message)
        self.decline = decline


class NotOpen(Exception):
    """The session was paid or has expired; nothing was charged."""

    def __init__(self, session: Record) -> None:
        super().__init__(f"This session is {session['status']}.")
        self.session = session


def test_card(number: str) -> Card:
    """The test card of that number. Raises KeyError for any other."""
    return BY_NUMBER[number]


def pay(state: State, session_id: str, payer: Payer, attempt: str = "") -> tuple[Record, str]:
    """Complete an open session, once. Returns it with the id of its ``checkout.session.completed`` event.

    ``attempt`` names the form that was sent, so that sending it twice can be told from paying twice.
    Raises Declined and NotOpen; both leave everything as it was.
    """
    with state.transaction():
        session = sessions.retrieve(state, {}, session_id)
        if session["status"] != "open":
            raise NotOpen(session)
        if payer.card is not None and payer.card.decline is not None:
            raise Declined(payer.card.decline)
        private = {**state.private(session_id), "paid_with": attempt}
        return _complete(state, session, private, payer)


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


def _complete(state: State, session: Record, private: Record, payer: Payer) -> tuple[Record, str]:
    done = {**session, "status": "complete", "url": None, "customer_details": _customer(payer)}
    if session["amount_total"]:
        done["payment_intent"] = _charge(state, session, private["payment_intent_data"], payer)
        done["payment_status"] = "paid"
    state.save(done, private)
    return done, events.record(state, "checkout.session.completed", done)


def _charge(state: State, session: Record, data: dict[str, Any], payer: Payer) -> str:
    """Make the payment intent and its charge, already succeeded; the intent's id."""
    intent_id, charge_id, method = ids.new("pi"), ids.new("ch"), ids.new("pm")
    shared = {
        "amount": session["amount_total"],
        "application": None,
        "application_fee_amount": None,
        "created": state.now(),
        "currency": session["currency"],
        "customer": None,
        "description": data.get("description"),
        "livemode": False,
        "metadata": fields.merged({}, data.get("metadata")),
        "on_behalf_of": None,
        "payment_method": method,
        "receipt_email": data.get("receipt_email"),
        "review": None,
        "shipping": None,
        "source": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": data.get("statement_descriptor_suffix"),
        "status": "succeeded",
        "transfer_data": None,
        "transfer_group": None,
    }
    charge = state.add({**shared, **_charge_fields(session, charge_id, intent_id, payer)})
    intent = state.add({**shared, **_intent_fields(session, charge_id, intent_id, data)})
    events.record(state, "charge.succeeded", charge)
    events.record(state, "payment_intent.succeeded", intent)
    return intent_id


def _intent_fields(session: Record, charge_id: str, intent_id: str, data: dict[str, Any]) -> Record:
    return {
        "id": intent_id,
        "object": "payment_intent",
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": session["amount_total"],
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": data.get("capture_method", "automatic_async"),
        "client_secret": f"{intent_id}_secret_{ids.random_text(25)}",
        "confirmation_method": "automatic",
        "customer_account": None,
        "excluded_payment_method_types": None,
        "last_payment_error": None,
        "latest_charge": charge_id,
        "next_action": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "processing": None,
        "setup_future_usage": None,
    }


def _charge_fields(session: Record, charge_id: str, intent_id: str, payer: Payer) -> Record:
    return {
        "id": charge_id,
        "object": "charge",
        "amount_captured": session["amount_total"],
        "amount_refunded": 0,
        "application_fee": None,
        "balance_transaction": None,
        "billing_details": {
            "address": _no_address(),
            "email": payer.email,
            "name": payer.name,
            "phone": None,
            "tax_id": None,
        },
        "calculated_statement_descriptor": None,
        "captured": True,
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
            "risk_level": "normal",
            "seller_message": "Payment complete.",
            "type": "authorized",
        },
        "paid": True,
        "payment_intent": intent_id,
        "payment_method_details": {"card": _card_details(payer), "type": "card"},
        "radar_options": {},
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "source_transfer": None,
    }


def _card_details(payer: Payer) -> Record:
    card = payer.card
    month, year = payer.expiry
    return {
        "brand": card.brand if card else None,
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "country": card.country if card else None,
        "exp_month": month,
        "exp_year": year,
        "fingerprint": ids.random_text(16),
        "funding": "credit",
        "installments": None,
        "last4": card.last4 if card else None,
        "mandate": None,
        "network": card.brand if card else None,
        "three_d_secure": None,
        "wallet": None,
    }


def _customer(payer: Payer) -> Record:
    return {
        "address": _no_address() if payer.card else None,
        "business_name": None,
        "email": payer.email,
        "individual_name": None,
        "name": payer.name or None,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": [],
    }


def _no_address() -> Record:
    return dict.fromkeys(["city", "country", "line1", "line2", "postal_code", "state"])
