"""What is added on the payment page: a promotion code, a shipping rate, exclusive tax.

The totals follow docs.stripe.com/api/checkout/sessions/object: total = subtotal - discount +
shipping + tax.
"""

from dataclasses import dataclass

from stripe_sandbox import ids
from stripe_sandbox.objects import sessions
from stripe_sandbox.state import Record


@dataclass(frozen=True)
class Additions:
    """Amounts in minor units; ``shipping_tax`` is the part of the tax that is on shipping.

    Raises ValueError for an amount that is negative or not a whole number.
    """

    discount: int = 0
    shipping: int = 0
    tax: int = 0
    shipping_tax: int = 0

    def __post_init__(self) -> None:
        for name, amount in vars(self).items():
            if not isinstance(amount, int) or isinstance(amount, bool) or amount < 0:
                raise ValueError(f"{name} is a whole number of minor units, not {amount!r}.")


NOTHING = Additions()


def added(
    session: Record, lines: list[Record], additions: Additions
) -> tuple[Record, list[Record]]:
    """The session and its line items with the additions included in all amounts.

    Raises ValueError for a discount of more than the subtotal, ApiError for a total that cannot be
    charged.
    """
    if additions == NOTHING:
        return session, lines
    subtotal = session["amount_subtotal"]
    if additions.discount > subtotal:
        raise ValueError(f"The discount is at most the subtotal, {subtotal}.")
    total = subtotal - additions.discount + additions.shipping + additions.tax
    sessions.check_total(total, session["currency"])
    changed = {
        "amount_total": total,
        "total_details": {
            "amount_discount": additions.discount,
            "amount_shipping": additions.shipping,
            "amount_tax": additions.tax,
        },
        "discounts": _discounts(additions.discount),
        "shipping_cost": _shipping_cost(additions.shipping, additions.shipping_tax),
    }
    return {**session, **changed}, _lines(lines, additions, additions.tax - additions.shipping_tax)


def _discounts(amount: int) -> list[Record]:
    return [{"coupon": ids.new("coupon"), "promotion_code": ids.new("promo")}] if amount else []


def _shipping_cost(amount: int, tax: int) -> Record | None:
    if not amount:
        return None
    return {
        "amount_subtotal": amount,
        "amount_tax": tax,
        "amount_total": amount + tax,
        "shipping_rate": ids.new("shr"),
    }


def _lines(lines: list[Record], additions: Additions, tax: int) -> list[Record]:
    """The lines with their shares of the discount and of ``tax``, in minor units."""
    discounts = _shares(additions.discount, [line["amount_subtotal"] for line in lines])
    left = [
        line["amount_subtotal"] - discount for line, discount in zip(lines, discounts, strict=True)
    ]
    taxes = _shares(tax, left)
    return [
        {**line, "amount_discount": discount, "amount_tax": tax, "amount_total": net + tax}
        for line, discount, net, tax in zip(lines, discounts, left, taxes, strict=True)
    ]


def _shares(whole: int, weights: list[int]) -> list[int]:
    """Split ``whole`` in proportion to ``weights``, adding up exactly; in equal parts if all
    weights are 0.
    """
    if not any(weights):
        weights = [1] * len(weights)
    shares: list[int] = []
    seen = 0
    for weight in weights:
        seen += weight
        shares.append(whole * seen // sum(weights) - sum(shares))
    return shares
