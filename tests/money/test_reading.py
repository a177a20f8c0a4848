"""Amounts that people write into a search field."""

import pytest
from pytest_django import Settings

from money import read_amount


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("499", 49900),
        ("₹499.00", 49900),
        (" ₹ 1,499.5 ", 149950),
        ("1,49,900.00 INR", 14990000),
        ("inr 0", 0),
        ("499.005", None),
        ("$499", None),
        ("cs_test_499", None),
        ("49x9", None),
        ("4.9.9", None),
        ("12,50", None),
        ("1,2,3", None),
        ("1,499.50", 149950),
        ("-499", None),
        ("", None),
        ("₹", None),
        ("\0", None),
        ("9" * 5000, None),
    ],
)
def test_an_amount_is_read_as_people_write_it(text: str, minor: int | None) -> None:
    assert read_amount(text, "inr") == minor


def test_the_separators_are_those_of_the_locale(settings: Settings) -> None:
    settings.SHOP_LOCALE = "de_DE"
    assert read_amount("1.499,00 €", "eur") == 149900
    assert read_amount("1499", "jpy") == 1499
    assert read_amount("12,50", "eur") == 1250
    assert read_amount("1.250", "eur") == 125000
    # Not a hundred times as much: somebody typed it as in English.
    assert read_amount("12.50", "eur") is None
