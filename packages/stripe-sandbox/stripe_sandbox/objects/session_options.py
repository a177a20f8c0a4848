"""What a session may ask of the shopper beyond the payment: an address, a rate, a phone number, a
promotion code, a note, consent; and what it adds: tax, an invoice
(docs.stripe.com/api/checkout/sessions/create).
"""

from typing import Any

from stripe_sandbox.errors import invalid, refused
from stripe_sandbox.objects import (
    countries,
    invoices,
    parameters,
    settings,
    shipping_rates,
)
from stripe_sandbox.state import Record, State

MOST_RATES, MOST_FIELDS = 5, 3
NO_TERMS = (
    "You cannot collect consent to your terms of service unless a URL is set in the Stripe Dashboard."
    " Update your public business details at https://dashboard.stripe.com/settings/public with a"
    " Terms of service URL."
)
NO_TAX = (
    "Stripe Tax has not been activated on your account. Please visit"
    " https://dashboard.stripe.com/settings/tax to get started."
)


def _country(value: Any, path: str) -> str:
    if value not in countries.ALLOWED:
        raise invalid(f"Invalid {path}: must be a country that Checkout ships to", path)
    return str(value)


def _enabled(value: Any, path: str) -> Record:
    return dict(parameters.group({"enabled": parameters.flag}, ("enabled",))(value, path))


FIELD = parameters.group(
    {
        "default_value": parameters.unsupported,
        "dropdown": parameters.unsupported,
        "key": parameters.text(200),
        "label": parameters.group(
            {"custom": parameters.text(100), "type": parameters.choice("custom")},
            ("custom", "type"),
        ),
        "numeric": parameters.unsupported,
        "optional": parameters.flag,
        "text": parameters.group(
            {
                "default_value": parameters.text(255),
                "maximum_length": parameters.integer(1, 255),
                "minimum_length": parameters.integer(1, 255),
            }
        ),
        "type": parameters.only("text", "numeric", "dropdown"),
    },
    ("key", "label", "type"),
)
RATE = parameters.group(
    {"shipping_rate": parameters.text(255), "shipping_rate_data": shipping_rates.DATA}
)
READERS = {
    "allow_promotion_codes": parameters.flag,
    "automatic_tax": parameters.group(
        {"enabled": parameters.flag, "liability": parameters.unsupported}, ("enabled",)
    ),
    "consent_collection": parameters.group(
        {
            "payment_method_reuse_agreement": parameters.unsupported,
            "promotions": parameters.only("none", "auto"),
            "terms_of_service": parameters.choice("none", "required"),
        }
    ),
    "custom_fields": parameters.listing(FIELD, MOST_FIELDS),
    "discounts": parameters.unsupported,
    "invoice_creation": invoices.CREATION,
    "phone_number_collection": _enabled,
    "shipping_address_collection": parameters.group(
        {"allowed_countries": parameters.listing(_country, 250)}, ("allowed_countries",)
    ),
    "shipping_options": parameters.listing(RATE, MOST_RATES),
}


def check(state: State, params: Record) -> None:
    """Refuse what the account is not set up for, and options that exclude each other."""
    account = settings.current(state)
    terms = params.get("consent_collection", {}).get("terms_of_service")
    if terms == "required" and not account["terms_url"]:
        raise refused(NO_TERMS, "consent_collection[terms_of_service]")
    if "terms_of_service_acceptance" in params.get("custom_text", {}) and terms != "required":
        raise refused(
            "You can only set `custom_text.terms_of_service_acceptance` if consent to the terms of"
            " service is required.",
            "custom_text[terms_of_service_acceptance]",
        )
    if params.get("automatic_tax", {}).get("enabled") and account["tax_percent"] is None:
        raise invalid(NO_TAX, "automatic_tax", "stripe_tax_inactive")
    keys = [field["key"] for field in params.get("custom_fields", [])]
    if len(set(keys)) < len(keys):
        raise refused("Keys of custom fields must be unique.", "custom_fields")


def built(state: State, params: Record, currency: str) -> Record:
    """The fields of the session that echo the options, with the rates added to the account."""
    taxed = params.get("automatic_tax", {}).get("enabled", False)
    status = "requires_location_inputs" if taxed else None
    return {
        # For Stripe, absent and false are different; the field is null unless it was sent.
        "allow_promotion_codes": params.get("allow_promotion_codes"),
        "automatic_tax": {
            "enabled": taxed,
            "liability": {"type": "self"} if taxed else None,
            "provider": "stripe" if taxed else None,
            "status": status,
        },
        "consent_collection": _consent_collection(params.get("consent_collection")),
        "custom_fields": [_field(field) for field in params.get("custom_fields", [])],
        "invoice_creation": _invoice_creation(params.get("invoice_creation")),
        "phone_number_collection": params.get("phone_number_collection", {"enabled": False}),
        "shipping_address_collection": params.get("shipping_address_collection"),
        "shipping_options": _rates(state, params.get("shipping_options", []), currency),
    }


def _consent_collection(asked: Record | None) -> Record | None:
    if asked is None:
        return None
    names = ["payment_method_reuse_agreement", "promotions", "terms_of_service"]
    return {**dict.fromkeys(names), **asked}


def _field(asked: Record) -> Record:
    limits = {"default_value": None, "maximum_length": None, "minimum_length": None}
    return {
        "key": asked["key"],
        "label": asked["label"],
        "optional": asked.get("optional", False),
        "text": {**limits, **asked.get("text", {}), "value": None},
        "type": "text",
    }


def _invoice_creation(asked: Record | None) -> Record:
    data = dict.fromkeys(
        ["account_tax_ids", "custom_fields", "description", "footer", "issuer", "rendering_options"]
    )
    asked = asked or {"enabled": False}
    return {
        "enabled": asked["enabled"],
        "invoice_data": {**data, "metadata": {}, **asked.get("invoice_data", {})},
    }


def _rates(state: State, options: list[Record], currency: str) -> list[Record]:
    """The offered rates; those that are described are added to the account."""
    rates = []
    for place, option in enumerate(options):
        path = f"shipping_options[{place}]"
        if len(option) != 1:
            raise refused("You must pass either `shipping_rate` or `shipping_rate_data`.", path)
        if "shipping_rate" in option:
            rate = shipping_rates.retrieve(state, {}, option["shipping_rate"])
        else:
            inside = f"{path}[shipping_rate_data]"
            rate = shipping_rates.create(state, option["shipping_rate_data"], currency, inside)
        amount = rate["fixed_amount"]["amount"]
        rates.append({"shipping_amount": amount, "shipping_rate": rate["id"]})
    return rates
