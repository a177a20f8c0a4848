"""A shop whose currency or locale does not exist refuses to start."""

import pytest
from django.core import checks
from pytest_django import Settings


def errors_of(app: str) -> list[tuple[str, str, str]]:
    return [
        (str(found.id), found.msg, str(found.hint))
        for found in checks.run_checks()
        if str(found.id).startswith(app)
    ]


def test_the_settings_of_the_tests_are_valid() -> None:
    assert errors_of("money.") == []


@pytest.mark.parametrize("currency", ["", "rupees", "xx1", "₹"])
def test_an_unknown_currency_is_refused(settings: Settings, currency: str) -> None:
    settings.SHOP_CURRENCY = currency
    assert errors_of("money.") == [
        (
            "money.E001",
            f"SHOP_CURRENCY is not a currency: {currency!r}.",
            "Use a three-letter code such as inr.",
        )
    ]


@pytest.mark.parametrize("locale", ["", "xx_YY", "english", "en_"])
def test_an_unknown_locale_is_refused(settings: Settings, locale: str) -> None:
    settings.SHOP_LOCALE = locale
    assert errors_of("money.") == [
        (
            "money.E002",
            f"SHOP_LOCALE is not a locale: {locale!r}.",
            "Use a language and a country such as en_IN.",
        )
    ]
