"""Amounts as they are shown to people."""

import re

import pytest
from babel import Locale
from django.template import Context, Template
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from money import amount_text, currencies
from money.templatetags.number_format import number_format

NAMED = sorted(
    {*currencies.MINIMUM, *currencies.ZERO_DECIMAL, *currencies.THREE_DECIMAL, *currencies.STEP}
)


@pytest.mark.parametrize(
    ("locale", "minor", "currency", "text"),
    [
        ("en_IN", 12345600, "inr", "₹1,23,456.00"),
        ("en_IN", 100, "inr", "₹1.00"),
        ("en_IN", 0, "inr", "₹0.00"),
        ("en_IN", -14990, "inr", "-₹149.90"),
        ("ja_JP", 123456, "jpy", "\uffe5123,456"),
        ("en_US", 5120, "kwd", "KWD 5.120"),
        ("en_US", 150000, "isk", "ISK 1,500.00"),
        ("en_US", 300000, "ugx", "UGX 3,000.00"),
        ("en_US", 1999, "usd", "$19.99"),
        ("de_DE", 123456, "eur", "1.234,56 €"),
        ("hi_IN", 12345600, "inr", "₹1,23,456.00"),
        ("en_IN", 2**63 - 1, "inr", "₹92,23,37,20,36,85,47,758.07"),
    ],
)
def test_known_amounts(
    settings: Settings, locale: str, minor: int, currency: str, text: str
) -> None:
    settings.SHOP_LOCALE = locale
    assert amount_text(minor, currency).replace("\xa0", " ") == text


@given(minor=st.integers(0, 2**63 - 1), currency=st.sampled_from(NAMED))
def test_the_text_has_every_digit_and_stripes_number_of_decimals(minor: int, currency: str) -> None:
    text = amount_text(minor, currency)
    assert int("".join(re.findall(r"[0-9]", text))) == minor
    decimals = currencies.exponent(currency)
    point = re.search(r"\.([0-9]*)$", text)
    assert len(point[1] if point else "") == decimals


@pytest.mark.parametrize(
    "locale", ["en_IN", "hi_IN", "en_GB", "en_US", "de_DE", "fr_FR", "ja_JP", "es_MX", "sv_SE"]
)
def test_the_digits_are_those_charged_in_every_locale(locale: str) -> None:
    with override_settings(SHOP_LOCALE=locale):
        assert "".join(re.findall(r"[0-9]", amount_text(12345678, "inr"))) == "12345678"


def test_the_template_filter_gives_the_same_text() -> None:
    template = Template("{% load money %}{{ amount|money:currency }}")
    assert template.render(Context({"amount": 149900, "currency": "inr"})) == "₹1,499.00"


def test_scripts_get_a_bcp_47_locale_and_stripes_number_of_decimals(settings: Settings) -> None:
    settings.SHOP_LOCALE = "en_IN"
    assert number_format("inr") == {"locale": "en-IN", "decimals": 2}
    assert number_format("jpy")["decimals"] == 0
    assert Locale.parse("en-IN", sep="-") == Locale.parse("en_IN")
