"""Payments through the API without a payment page, as the triggers of the Stripe CLI
make them (docs.stripe.com/cli/trigger).
"""

from typing import Any

from stripe_sandbox import ids
from stripe_sandbox.checkout_page import choices, pay
from stripe_sandbox.checkout_page.pay import Payer
from stripe_sandbox.errors import CardError, no_such, not_built, refused
from stripe_sandbox.objects import parameters, payments, session_parameters, sessions
from stripe_sandbox.objects.cards import BY_TOKEN, Card, Decline
from stripe_sandbox.state import Record, State

EXPIRY = (12, 2050)  # of the cards behind tokens

BILLING = parameters.group(
    {
        "address": session_parameters.ADDRESS,
        "email": parameters.email,
        "name": parameters.text(clearable=True),
        "phone": parameters.text(clearable=True),
    }
)
CREATE_METHOD = parameters.group(
    {
        **parameters.EXPAND,
        "billing_details": BILLING,
        "card": parameters.group({"token": parameters.text()}, ("token",)),
        "type": parameters.only("card", "us_bank_account", "sepa_debit"),
    },
    ("card", "type"),
)
CREATE_INTENT = parameters.group(
    {
        **parameters.EXPAND,
        "amount": parameters.integer(1),
        "confirm": parameters.flag,
        "currency": parameters.currency,
        "description": parameters.text(1000),
        "metadata": parameters.metadata,
        "payment_method": parameters.text(255),
        # Removed from the API in 2026-09-30.endive, but the triggers of the CLI still send it.
        "payment_method_types": parameters.listing(parameters.only("card"), 1),
    },
    ("amount", "confirm", "currency", "payment_method"),
)
RETRIEVE_PAGE = parameters.group(parameters.EXPAND)
CONFIRM_PAGE = parameters.group(
    {
        **parameters.EXPAND,
        "expected_amount": parameters.integer(),
        "payment_method": parameters.text(255),
    },
    ("expected_amount", "payment_method"),
)


def create_method(state: State, params: dict[str, Any]) -> Record:
    """A payment method for a test token such as ``tok_visa``."""
    token = params["card"]["token"]
    card = _card(token, "tok_", "card[token]")
    source = payments.card_source(card, EXPIRY, _billing(params.get("billing_details", {})))
    method = payments.payment_method(state, ids.new("pm"), source)
    return state.add(method, {"token": f"pm_card_{token.removeprefix('tok_')}"})


def create_intent(state: State, params: dict[str, Any]) -> Record:
    """Pay at once with a test payment method such as ``pm_card_visa``.

    Raises CardError if the card is declined.
    """
    if not params["confirm"]:
        raise not_built("confirm=false", "confirm")
    card = _card(params["payment_method"], "pm_card_", "payment_method")
    asked = {
        "allowed_payment_method_types": None,
        "amount_total": params["amount"],
        "currency": params["currency"],
        "excluded_payment_method_types": None,
        "payment_intent": None,
        "payment_method_types": ["card"],
    }
    intent = payments.intent_of(state, asked, params)
    source = payments.card_source(card, EXPIRY, _billing({}))
    if card.decline is not None:
        raise _card_error(card.decline, payments.decline(state, intent, source, card.decline))
    payments.collect(state, intent, source)
    return payments.retrieve_intent(state, {}, intent["id"])


def retrieve_page(state: State, params: dict[str, Any], session_id: str) -> Record:
    """What the payment page shows: the session."""
    return sessions.retrieve(state, {}, session_id)


def confirm_page(state: State, params: dict[str, Any], session_id: str) -> Record:
    """Pay for a session as its payment page does. Raises CardError if the card is declined."""
    session = sessions.retrieve(state, {}, session_id)
    if params["expected_amount"] != session["amount_total"]:
        raise refused("The amount is not the amount of the session.", "expected_amount")
    method = state.get("payment_method", params["payment_method"])
    if method is None:
        raise no_such("payment_method", params["payment_method"], param="payment_method")
    card = _card(state.private(method["id"])["token"], "pm_card_", "payment_method")
    billing = method["billing_details"]
    name = billing["name"] or ""
    entered = choices.default(session, name)
    payer = Payer(card, billing["email"] or "stripe@example.com", name, EXPIRY, entered)
    try:
        return pay.pay(state, session_id, payer)[0]
    except pay.NotOpen as ended:
        raise refused(str(ended)) from ended
    except pay.Declined as declined:
        intent = payments.retrieve_intent(
            state, {}, sessions.retrieve(state, {}, session_id)["payment_intent"]
        )
        raise _card_error(declined.decline, intent) from declined


def _card(name: str, prefix: str, param: str) -> Card:
    card = BY_TOKEN.get(name.removeprefix(prefix)) if name.startswith(prefix) else None
    if card is None:
        raise no_such("payment_method" if prefix == "pm_card_" else "token", name, param=param)
    return card


def _card_error(decline: Decline, intent: Record) -> CardError:
    return CardError(decline.message, decline.code, decline.decline_code, intent)


def _billing(details: dict[str, Any]) -> Record:
    billing = payments.billing_details(details.get("email"), details.get("name"))
    return {
        **billing,
        "address": {**billing["address"], **details.get("address", {})},
        "phone": details.get("phone"),
    }
