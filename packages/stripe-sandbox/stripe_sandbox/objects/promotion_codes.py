"""Coupons and the codes that shoppers enter (docs.stripe.com/api/promotion_codes).

Tests create them with `Sandbox.add_promotion_code`, as a merchant does in the Dashboard.
"""

from typing import Any

from stripe_sandbox import ids
from stripe_sandbox.errors import refused
from stripe_sandbox.state import Record, State


def create(
    state: State,
    code: str,
    *,
    percent_off: float | None = None,
    amount_off: int | None = None,
    currency: str | None = None,
    max_redemptions: int | None = None,
) -> Record:
    """Add a code with its coupon: so many percent off, or an amount in minor units of a currency.

    Raises ApiError unless exactly one of them is given.
    """
    if (percent_off is None) == (amount_off is None) or (amount_off is None) != (currency is None):
        raise refused("Give either percent_off, or amount_off with its currency.")
    if not (code.isascii() and code.replace("-", "").isalnum()):
        raise refused("A code has only letters, digits and dashes.", "code")
    coupon = _coupon(state, code, percent_off, amount_off, currency)
    return state.add(
        {
            "id": ids.new("promo"),
            "object": "promotion_code",
            "active": True,
            "code": code,
            "created": state.now(),
            "customer": None,
            "customer_account": None,
            "expires_at": None,
            "livemode": False,
            "max_redemptions": max_redemptions,
            "metadata": {},
            "promotion": {"coupon": coupon["id"], "type": "coupon"},
            "restrictions": {
                "first_time_transaction": False,
                "minimum_amount": None,
                "minimum_amount_currency": None,
            },
            "times_redeemed": 0,
        }
    )


def _coupon(
    state: State,
    code: str,
    percent_off: float | None,
    amount_off: int | None,
    currency: str | None,
) -> Record:
    return state.add(
        {
            "id": ids.new("coupon"),
            "object": "coupon",
            "amount_off": amount_off,
            "created": state.now(),
            "currency": currency,
            "duration": "once",
            "duration_in_months": None,
            "livemode": False,
            "max_redemptions": None,
            "metadata": {},
            "name": code,
            "percent_off": percent_off,
            "redeem_by": None,
            "times_redeemed": 0,
            "valid": True,
        }
    )


def usable(state: State, code: str, currency: str) -> Record | None:
    """The code in any case, if it can be used for a payment in a currency now."""
    for promotion in state.find("promotion_code", [("active", "eq", 1)]):
        if promotion["code"].lower() != code.lower():
            continue
        limit = promotion["max_redemptions"]
        coupon = coupon_of(state, promotion)
        is_spent = limit is not None and promotion["times_redeemed"] >= limit
        return None if is_spent or coupon["currency"] not in (None, currency) else promotion
    return None


def coupon_of(state: State, promotion: Record) -> Record:
    """The coupon of a code."""
    coupon = state.get("coupon", promotion["promotion"]["coupon"])
    if coupon is None:
        raise LookupError(promotion["id"])
    return coupon


def discount(state: State, promotion: Record, subtotal: int) -> int:
    """The discount of a code on a subtotal, in minor units; at most the subtotal."""
    coupon: dict[str, Any] = coupon_of(state, promotion)
    if coupon["percent_off"] is None:
        return min(int(coupon["amount_off"]), subtotal)
    return min(round(subtotal * coupon["percent_off"] / 100), subtotal)


def redeem(state: State, promotion: Record) -> None:
    """Count one use."""
    state.save({**promotion, "times_redeemed": promotion["times_redeemed"] + 1})
