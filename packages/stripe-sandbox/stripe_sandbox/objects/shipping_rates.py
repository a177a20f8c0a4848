"""Shipping rates (docs.stripe.com/api/shipping_rates).

A session that describes a rate adds it to the account; nothing deletes it.
"""

from typing import Any

from stripe_sandbox import ids
from stripe_sandbox.errors import no_such, refused
from stripe_sandbox.objects import parameters
from stripe_sandbox.state import Record, State

DURATION = parameters.group(
    {
        "unit": parameters.choice("hour", "day", "business_day", "week", "month"),
        "value": parameters.integer(1, 999),
    },
    ("unit", "value"),
)
DATA = parameters.group(
    {
        "delivery_estimate": parameters.group({"maximum": DURATION, "minimum": DURATION}),
        "display_name": parameters.text(100),
        "fixed_amount": parameters.group(
            {
                "amount": parameters.integer(0),
                "currency": parameters.currency,
                "currency_options": parameters.unsupported,
            },
            ("amount", "currency"),
        ),
        "metadata": parameters.metadata,
        "tax_behavior": parameters.choice("inclusive", "exclusive", "unspecified"),
        "tax_code": parameters.text(50),
        "type": parameters.choice("fixed_amount"),
    },
    ("display_name",),
)
RETRIEVE = parameters.group(parameters.EXPAND)


def create(state: State, data: dict[str, Any], currency: str, path: str) -> Record:
    """Add the rate that a session describes. Raises ApiError for another currency."""
    fixed = data.get("fixed_amount")
    if fixed is None:
        raise refused("You must provide `fixed_amount` for a fixed rate.", path)
    if fixed["currency"] != currency:
        raise refused(
            f"The shipping rate's currency `{fixed['currency']}` does not match the currency of the "
            f"Checkout Session, `{currency}`.",
            path,
        )
    return state.add(
        {
            "id": ids.new("shr"),
            "object": "shipping_rate",
            "active": True,
            "created": state.now(),
            "delivery_estimate": _estimate(data.get("delivery_estimate")),
            "display_name": data["display_name"],
            "fixed_amount": {"amount": fixed["amount"], "currency": currency},
            "livemode": False,
            "metadata": parameters.merged({}, data.get("metadata")),
            "tax_behavior": data.get("tax_behavior", "unspecified"),
            "tax_code": data.get("tax_code"),
            "type": "fixed_amount",
        }
    )


def retrieve(state: State, params: dict[str, Any], rate_id: str) -> Record:
    """The rate, or 404."""
    rate = state.get("shipping_rate", rate_id)
    if rate is None:
        raise no_such("shipping_rate", rate_id)
    return rate


def _estimate(asked: dict[str, Any] | None) -> Record | None:
    return {"maximum": None, "minimum": None, **asked} if asked else None
