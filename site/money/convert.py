"""Decimal to minor units and back, without rounding."""

from decimal import Context, Decimal, DecimalException, Inexact, InvalidOperation, Overflow

from django.utils.translation import gettext as _

from money import currencies
from money.text import amount_text

# Python's default context rounds to 28 digits silently. This one is exact, or raises.
_EXACT = Context(prec=60, traps=[Inexact, InvalidOperation, Overflow])


class InvalidAmount(ValueError):
    """The amount cannot be charged in this currency. The message, for people, says why."""


def to_minor(amount: Decimal, currency: str) -> int:
    """Return the amount in minor units: 499.50 inr is 49950.

    Raises InvalidAmount if it has more decimals than the currency.
    """
    if not amount.is_finite():
        raise InvalidAmount(_("Enter an amount."))
    decimals = currencies.exponent(currency)
    try:
        return int(_EXACT.quantize(_EXACT.scaleb(amount, decimals), Decimal(1)))
    except DecimalException as error:
        raise InvalidAmount(decimals_message(currency, decimals)) from error


def decimals_message(currency: str, decimals: int) -> str:
    """The message for an amount with too many decimals."""
    code = currency.upper()
    if not decimals:
        return _("%(code)s amounts cannot have decimals.") % {"code": code}
    text = _("%(code)s amounts can have at most %(decimals)s decimals.")
    return text % {"code": code, "decimals": decimals}


def from_minor(minor: int, currency: str) -> Decimal:
    """Return minor units as a Decimal in the currency's main unit: 49950 inr is 499.50."""
    return Decimal(minor).scaleb(-currencies.exponent(currency), _EXACT)


def check_chargeable(minor: int, currency: str) -> None:
    """Raise InvalidAmount unless Stripe can charge this amount in minor units.

    See "Minimum and maximum charge amounts" and "Special cases" at docs.stripe.com/currencies.
    """
    step = currencies.STEP.get(currency, 1)
    least, most = currencies.MINIMUM.get(currency, step), currencies.MAXIMUM // step * step
    if minor < least:
        text = _("The minimum amount is %(amount)s.")
        raise InvalidAmount(text % {"amount": amount_text(least, currency)})
    if minor > most:
        text = _("The maximum amount is %(amount)s.")
        raise InvalidAmount(text % {"amount": amount_text(most, currency)})
    if minor % step:
        text = _("%(code)s amounts must be multiples of %(amount)s.")
        amount = amount_text(step, currency)
        raise InvalidAmount(text % {"code": currency.upper(), "amount": amount})
