"""Amounts as people of the shop's country write them."""

from decimal import Decimal

from babel import Locale
from babel.numbers import parse_pattern
from django.conf import settings

from money import currencies


def amount_text(minor: int, currency: str) -> str:
    """Write minor units for people: 12345600 inr is `₹1,23,456.00` in en_IN."""
    locale = Locale.parse(settings.SHOP_LOCALE)
    decimals = currencies.exponent(currency)
    pattern = parse_pattern(locale.currency_formats["standard"].pattern)
    # Stripe's decimals, not the locale's: the króna has two at Stripe and none in CLDR.
    pattern.frac_prec = (decimals, decimals)
    value = Decimal(minor).scaleb(-decimals)
    return pattern.apply(value, locale, currency=currency.upper(), currency_digits=False)
