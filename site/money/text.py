"""Amounts as people of the shop's country write them."""

import re
from decimal import Decimal

from babel import Locale
from babel.numbers import parse_pattern
from django.conf import settings

from money import currencies

# CLDR's currency spacing, which Babel leaves out: `KWD 5.120`, as browsers write it too, not `KWD5.120`.
_LETTER_BEFORE_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)")


def amount_text(minor: int, currency: str) -> str:
    """Write minor units for people: 12345600 inr is `₹1,23,456.00` in en_IN."""
    locale = Locale.parse(settings.SHOP_LOCALE)
    decimals = currencies.exponent(currency)
    pattern = parse_pattern(locale.currency_formats["standard"].pattern)
    # Stripe's decimals, not the locale's: the króna has two at Stripe and none in CLDR.
    pattern.frac_prec = (decimals, decimals)
    value = Decimal(minor).scaleb(-decimals)
    text = pattern.apply(value, locale, currency=currency.upper(), currency_digits=False)
    return _LETTER_BEFORE_DIGIT.sub("\xa0", text)
