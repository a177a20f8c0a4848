"""Decimal to minor units and back, exactly: nothing is ever rounded."""

from decimal import Decimal

from money import currencies
from money.text import amount_text


class InvalidAmount(ValueError):
    """The amount cannot be charged in this currency; the message tells an editor or a shopper why."""


def to_minor(amount: Decimal, currency: str) -> int:
    """Return the amount in minor units: 499.50 inr is 49950. Raises InvalidAmount for more decimals than there are."""
    decimals = currencies.exponent(currency)
    minor = amount.scaleb(decimals)
    if not amount.is_finite() or minor != minor.to_integral_value():
        raise InvalidAmount(f"{currency.upper()} has {decimals} decimals." if decimals else _no_decimals(currency))
    return int(minor)


def from_minor(minor: int, currency: str) -> Decimal:
    """Return minor units as a Decimal in the currency's main unit: 49950 inr is 499.50."""
    return Decimal(minor).scaleb(-currencies.exponent(currency))


def check_chargeable(minor: int, currency: str) -> None:
    """Raise InvalidAmount unless Stripe can charge this many minor units."""
    least = currencies.MINIMUM.get(currency, 1)
    if minor < least:
        raise InvalidAmount(f"The least that can be charged is {amount_text(least, currency)}.")
    if minor > currencies.MAXIMUM:
        raise InvalidAmount(f"The most that can be charged is {amount_text(currencies.MAXIMUM, currency)}.")
    step = currencies.STEP.get(currency, 1)
    if minor % step:
        raise InvalidAmount(f"{currency.upper()} amounts go in steps of {amount_text(step, currency)}.")


def _no_decimals(currency: str) -> str:
    return f"{currency.upper()} has no decimals."
