"""Money: the only converter between a Decimal, Stripe's minor units and text for people.

An amount is an integer in Stripe's minor unit of its currency (paise, cents; whole yen). A currency
is a lower-case ISO 4217 code.
"""

from money.convert import InvalidAmount, check_chargeable, from_minor, to_minor
from money.reading import read_amount
from money.text import amount_text

__all__ = [
    "InvalidAmount",
    "amount_text",
    "check_chargeable",
    "from_minor",
    "read_amount",
    "to_minor",
]
