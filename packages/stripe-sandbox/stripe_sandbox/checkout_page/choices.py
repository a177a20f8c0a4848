"""What a shopper enters in addition to the payment method, and how it changes the session."""

from dataclasses import asdict, dataclass, field
from typing import Any

from stripe_sandbox.checkout_page.adjustments import Additions
from stripe_sandbox.objects import payments, promotion_codes, settings
from stripe_sandbox.state import Record, State

EMPTY_ADDRESS = ("line1", "line2", "city", "state", "postal_code", "country")


@dataclass(frozen=True)
class Choices:
    """Everything is empty where the session does not ask for it.

    ``address`` is Stripe's: line1, line2, city, state, postal_code, country. ``rate`` is the place
    of a shipping rate among those offered. ``fields`` are custom fields by key.
    """

    address: dict[str, str] = field(default_factory=dict)
    shipping_name: str = ""
    phone: str = ""
    rate: int = 0
    promotion_code: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    accepts_terms: bool = False

    def as_json(self) -> Record:
        """As JSON, for a payment that waits for the bank's challenge."""
        return asdict(self)


NO_CHOICES = Choices()


def default(session: Record, name: str, **changes: Any) -> Choices:
    """Valid values for everything that the session asks for; ``changes`` replace some of them."""
    countries = (session["shipping_address_collection"] or {}).get("allowed_countries", [])
    address = {
        "line1": "1 Main Street",
        "line2": "",
        "city": "Springfield",
        "state": "",
        "postal_code": "12345",
        "country": "".join(countries[:1]),
    }
    values: dict[str, Any] = {
        "address": address if countries else {},
        "shipping_name": name if countries else "",
        "phone": "+15555550100" if session["phone_number_collection"]["enabled"] else "",
        "accepts_terms": asks_for_terms(session),
    }
    return Choices(**{**values, **changes})


def asks_for_terms(session: Record) -> bool:
    """Whether the shopper has to accept the terms of service."""
    return (session["consent_collection"] or {}).get("terms_of_service") == "required"


def problems(state: State, session: Record, choices: Choices) -> dict[str, str]:
    """What is missing or wrong, by the name of the field."""
    found = _address_problems(session, choices)
    if session["phone_number_collection"]["enabled"] and not choices.phone:
        found["phone"] = "Enter a phone number."
    if session["shipping_options"] and not 0 <= choices.rate < len(session["shipping_options"]):
        found["rate"] = "Choose a shipping method."
    if choices.promotion_code and promotion(state, session, choices) is None:
        found["promotion_code"] = "This code is invalid."
    for asked in session["custom_fields"]:
        if not asked["optional"] and not choices.fields.get(asked["key"]):
            found[f"field_{asked['key']}"] = "This field is required."
    if asks_for_terms(session) and not choices.accepts_terms:
        found["terms"] = "Accept the terms of service to continue."
    return found


def _address_problems(session: Record, choices: Choices) -> dict[str, str]:
    collection = session["shipping_address_collection"]
    if collection is None:
        return {}
    found = {}
    if choices.address.get("country") not in collection["allowed_countries"]:
        found["country"] = "The shop does not deliver to this country."
    if not choices.shipping_name:
        found["shipping_name"] = "Enter a name."
    if not choices.address.get("line1"):
        found["line1"] = "Enter an address."
    return found


def promotion(state: State, session: Record, choices: Choices) -> Record | None:
    """The promotion code that the shopper entered, if it can be used here."""
    if not session["allow_promotion_codes"] or not choices.promotion_code:
        return None
    return promotion_codes.usable(state, choices.promotion_code, session["currency"])


def additions(state: State, session: Record, choices: Choices, fixed: Additions) -> Additions:
    """What the choices add to the total; ``fixed`` is what a test adds in any case."""
    code = promotion(state, session, choices)
    discount = promotion_codes.discount(state, code, session["amount_subtotal"]) if code else 0
    shipping = 0
    if session["shipping_options"]:
        shipping = session["shipping_options"][choices.rate]["shipping_amount"]
    goods_tax = shipping_tax = 0
    if session["automatic_tax"]["enabled"]:
        rate = (settings.current(state)["tax_percent"] or 0) / 100
        goods_tax = round((session["amount_subtotal"] - discount - fixed.discount) * rate)
        shipping_tax = round((shipping + fixed.shipping) * rate)
    return Additions(
        fixed.discount + discount,
        fixed.shipping + shipping,
        fixed.tax + goods_tax + shipping_tax,
        shipping_tax,
    )


def applied(state: State, session: Record, choices: Choices, email: str, name: str) -> Record:
    """The session with what the shopper entered."""
    changed = {
        "collected_information": _collected(session, choices),
        "consent": _consent(session, choices),
        "custom_fields": [
            {**asked, "text": {**asked["text"], "value": choices.fields.get(asked["key"]) or None}}
            for asked in session["custom_fields"]
        ],
        "customer_details": _customer(choices, email, name),
    }
    code = promotion(state, session, choices)
    if code:
        promotion_codes.redeem(state, code)
        changed["discounts"] = [{"coupon": None, "promotion_code": code["id"]}]
    if session["shipping_options"]:
        rate = session["shipping_options"][choices.rate]["shipping_rate"]
        cost = session["shipping_cost"] or dict.fromkeys(
            ["amount_subtotal", "amount_tax", "amount_total"], 0
        )
        changed["shipping_cost"] = {**cost, "shipping_rate": rate}
    if session["automatic_tax"]["enabled"]:
        changed["automatic_tax"] = {**session["automatic_tax"], "status": "complete"}
    return {**session, **changed}


def _collected(session: Record, choices: Choices) -> Record | None:
    if session["shipping_address_collection"] is None:
        return None
    shipping = {"address": _stripe_address(choices), "name": choices.shipping_name}
    return {"business_name": None, "individual_name": None, "shipping_details": shipping}


def _stripe_address(choices: Choices) -> Record:
    return {name: choices.address.get(name) or None for name in EMPTY_ADDRESS}


def _consent(session: Record, choices: Choices) -> Record | None:
    if session["consent_collection"] is None:
        return None
    accepted = "accepted" if choices.accepts_terms else None
    return {"promotions": None, "terms_of_service": accepted}


def _customer(choices: Choices, email: str, name: str) -> Record:
    address = _stripe_address(choices) if choices.address else payments.no_address()
    return {
        "address": address,
        "business_name": None,
        "email": email,
        "individual_name": None,
        "name": name or None,
        "phone": choices.phone or None,
        "tax_exempt": "none",
        "tax_ids": [],
    }


def shipping_of(session: Record) -> Record | None:
    """``shipping`` of the payment intent: the address that the session has collected."""
    collected = session["collected_information"]
    if not collected or not collected["shipping_details"]:
        return None
    phone = session["customer_details"]["phone"]
    rest = {"carrier": None, "phone": phone, "tracking_number": None}
    return {**rest, **collected["shipping_details"]}
