"""The account of a state file (docs.stripe.com/api/accounts)."""

from typing import Any

from stripe_sandbox.objects import parameters
from stripe_sandbox.state import Record, State

RETRIEVE = parameters.group(parameters.EXPAND)
NAME = "Stripe sandbox"


def retrieve(state: State, params: dict[str, Any]) -> Record:
    """The account of the key. Emptying the sandbox makes another one."""
    no_address = {
        "city": None,
        "country": None,
        "line1": None,
        "line2": None,
        "postal_code": None,
        "state": None,
    }
    return {
        "id": state.account,
        "object": "account",
        "business_profile": {
            "annual_revenue": None,
            "estimated_worker_count": None,
            "mcc": None,
            "minority_owned_business_designation": None,
            "name": NAME,
            "product_description": None,
            "support_address": no_address,
            "support_email": None,
            "support_phone": None,
            "support_url": None,
            "url": None,
        },
        "business_type": None,
        "capabilities": {"card_payments": "active", "transfers": "active"},
        "charges_enabled": True,
        "controller": {"type": "account"},
        "country": "IN",
        "created": state.account_created,
        "default_currency": "inr",
        "details_submitted": True,
        "email": None,
        "metadata": {},
        "payouts_enabled": False,
        "settings": _settings(),
        "tos_acceptance": {"date": None, "ip": None, "user_agent": None},
        "type": "standard",
    }


def _settings() -> Record:
    prefixes = dict.fromkeys(
        ["statement_descriptor_prefix_kana", "statement_descriptor_prefix_kanji"]
    )
    return {
        "branding": dict.fromkeys(["icon", "logo", "primary_color", "secondary_color"]),
        "card_payments": {
            "decline_on": {"avs_failure": False, "cvc_failure": False},
            "statement_descriptor_prefix": None,
            **prefixes,
        },
        "dashboard": {"display_name": NAME, "timezone": "Etc/UTC"},
        "payments": {
            "statement_descriptor": None,
            "statement_descriptor_kana": None,
            "statement_descriptor_kanji": None,
            **prefixes,
        },
    }
