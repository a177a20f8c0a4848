"""Amounts as people write them: `499`, `₹1,499.00`, `INR 499`."""

import re

from babel.numbers import NumberFormatError, get_currency_symbol, parse_decimal
from django.conf import settings

from money.convert import InvalidAmount, to_minor

_AMOUNT = re.compile(
    r"(?P<before>[^\d.,'\u2019]*?)\s*(?P<number>\d[\d.,'\u2019\s]*?)\s*(?P<after>[^\d.,'\u2019]*)"
)


def read_amount(text: str, currency: str) -> int | None:
    """Return the amount that a text names, in minor units of `currency`.

    None if the text is not an amount in that currency. The separators are those of the shop's
    locale.
    """
    found = _AMOUNT.fullmatch(text.strip())
    symbols = {"", currency, get_currency_symbol(currency.upper(), settings.SHOP_LOCALE).lower()}
    if found is None or not {found["before"].lower(), found["after"].lower()} <= symbols:
        return None
    digits = re.sub(r"\s", "", found["number"])
    try:
        # Strict: in Germany `12.50` would be 1250, because the full stop is left out of `1.250`.
        return to_minor(parse_decimal(digits, settings.SHOP_LOCALE, strict=True), currency)
    except (NumberFormatError, InvalidAmount):
        return None
