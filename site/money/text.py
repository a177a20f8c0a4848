"""Amounts as they are written in the shop's locale."""

import re
from decimal import Decimal, localcontext

from babel import Locale
from babel.numbers import parse_pattern
from django.conf import settings

from money import currencies

# Digits. Python's default is 28, and a message may quote what somebody typed.
PRECISION = 60
# CLDR's currency spacing, which Babel leaves out: `KWD 5.120` and not `KWD5.120`, as in browsers.
_LETTER_BEFORE_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)")


def amount_text(minor: int, currency: str) -> str:
    """Format minor units for people: 12345600 inr is `₹1,23,456.00` in en_IN."""
    locale = Locale.parse(settings.SHOP_LOCALE)
    decimals = currencies.exponent(currency)
    pattern = parse_pattern(locale.currency_formats["standard"].pattern)
    # Stripe's number of decimals, not CLDR's: ISK has two at Stripe and none in CLDR.
    pattern.frac_prec = (decimals, decimals)
    with localcontext(prec=PRECISION):
        value = Decimal(minor).scaleb(-decimals)
        text = pattern.apply(value, locale, currency=currency.upper(), currency_digits=False)
    return _LETTER_BEFORE_DIGIT.sub("\xa0", text)
