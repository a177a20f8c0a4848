"""Decimal to minor units and back, exactly: nothing is ever rounded."""

from decimal import Context, Decimal, DecimalException, Inexact, InvalidOperation, Overflow

from money import currencies
from money.text import amount_text

# Python's own context would round to 28 digits without a word. This one has room for every amount, or raises.
_EXACT = Context(prec=60, traps=[Inexact, InvalidOperation, Overflow])


class InvalidAmount(ValueError):
    """The amount cannot be charged in this currency; the message tells an editor or a shopper why."""


def to_minor(amount: Decimal, currency: str) -> int:
    """Return the amount in minor units: 499.50 inr is 49950. Raises InvalidAmount for more decimals than there are."""
    if not amount.is_finite():
        raise InvalidAmount("That is no amount.")
    decimals = currencies.exponent(currency)
    try:
        return int(_EXACT.quantize(_EXACT.scaleb(amount, decimals), Decimal(1)))
    except DecimalException as error:
        raise InvalidAmount(f"{currency.upper()} has {decimals or 'no'} decimals.") from error


def from_minor(minor: int, currency: str) -> Decimal:
    """Return minor units as a Decimal in the currency's main unit: 49950 inr is 499.50."""
    return Decimal(minor).scaleb(-currencies.exponent(currency), _EXACT)


def check_chargeable(minor: int, currency: str) -> None:
    """Raise InvalidAmount unless Stripe can charge this many minor units."""
    step = currencies.STEP.get(currency, 1)
    least, most = currencies.MINIMUM.get(currency, step), currencies.MAXIMUM // step * step
    if minor < least:
        raise InvalidAmount(f"The least that can be charged is {amount_text(least, currency)}.")
    if minor > most:
        raise InvalidAmount(f"The most that can be charged is {amount_text(most, currency)}.")
    if minor % step:
        raise InvalidAmount(f"{currency.upper()} amounts go in steps of {amount_text(step, currency)}.")
