"""Fields that Stripe includes only when they are expanded: taxes, discounts, currency options."""

from typing import Any

from stripe_sandbox import ids
from stripe_sandbox.state import Record, State


def discounts(owner: Record, amount: int) -> list[Record]:
    """The discount of a session or a line item, in minor units."""
    return [{"amount": amount, "discount": discount(owner)}] if amount else []


def discount(owner: Record) -> Record:
    """A discount whose id is the same each time (docs.stripe.com/api/discounts)."""
    unused = ["customer", "customer_account", "end", "invoice", "invoice_item", "promotion_code"]
    return {
        **dict.fromkeys([*unused, "checkout_session", "subscription", "subscription_item"]),
        "id": ids.derived("di", owner["id"]),
        "object": "discount",
        "source": {"coupon": None, "type": "coupon"},
        "start": owner.get("created", 0),
    }


def taxes(owner: Record, amount: int, net: int) -> list[Record]:
    """The tax on ``net``; both amounts are in minor units."""
    if not amount:
        return []
    return [
        {
            "amount": amount,
            "rate": tax_rate(owner, amount, net),
            "taxability_reason": "standard_rated",
            "taxable_amount": net,
        }
    ]


def tax_rate(owner: Record, amount: int, net: int) -> Record:
    """The exclusive rate that results in this tax (docs.stripe.com/api/tax_rates)."""
    percentage = round(100 * amount / net, 4) if net else 0.0
    unused = ["country", "description", "flat_amount", "jurisdiction", "jurisdiction_level"]
    return {
        **dict.fromkeys([*unused, "metadata", "state"]),
        "id": ids.derived("txr", owner["id"]),
        "object": "tax_rate",
        "active": True,
        "created": owner.get("created", 0),
        "display_name": "Tax",
        "effective_percentage": percentage,
        "inclusive": False,
        "livemode": False,
        "percentage": percentage,
        "rate_type": "percentage",
        "tax_type": None,
    }


def of_session(state: State, session: Record) -> Record:
    """``total_details.breakdown`` of a session."""
    details = session["total_details"]
    net = session["amount_subtotal"] - details["amount_discount"]
    return {
        "discounts": discounts(session, details["amount_discount"]),
        "taxes": taxes(session, details["amount_tax"], net),
    }


def taxes_of_line(state: State, line: Record) -> list[Record]:
    """``taxes`` of a line item."""
    return taxes(line, line["amount_tax"], line["amount_subtotal"] - line["amount_discount"])


def discounts_of_line(state: State, line: Record) -> list[Record]:
    """``discounts`` of a line item."""
    return discounts(line, line["amount_discount"])


def taxes_of_shipping(state: State, session: Record) -> list[Record]:
    """``shipping_cost.taxes``."""
    cost = session["shipping_cost"]
    return taxes(session, cost["amount_tax"], cost["amount_subtotal"])


def currency_options(state: State, price: Record) -> dict[str, Any]:
    """``currency_options`` of a price, which has one currency here."""
    names = ("custom_unit_amount", "tax_behavior", "unit_amount", "unit_amount_decimal")
    return {price["currency"]: {name: price[name] for name in names}}


def tiers(state: State, price: Record) -> None:
    """``tiers`` of a price: null, because prices are per unit here."""
