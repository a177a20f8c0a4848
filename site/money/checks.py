"""Checks of SHOP_CURRENCY and SHOP_LOCALE."""

from typing import Any

from babel import Locale, UnknownLocaleError
from babel.numbers import is_currency
from django.conf import settings
from django.core import checks


def register() -> None:
    checks.register(currency_is_known)
    checks.register(locale_is_known)


def currency_is_known(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """money.E001: SHOP_CURRENCY is an ISO 4217 code."""
    if is_currency(settings.SHOP_CURRENCY.upper()):
        return []
    hint = "Use a three-letter code such as inr."
    return [
        checks.Error(
            f"SHOP_CURRENCY is not a currency: {settings.SHOP_CURRENCY!r}.",
            hint=hint,
            id="money.E001",
        )
    ]


def locale_is_known(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """money.E002: SHOP_LOCALE is a locale that Babel knows."""
    try:
        Locale.parse(settings.SHOP_LOCALE)
    except (UnknownLocaleError, ValueError):
        hint = "Use a language and a country such as en_IN."
        return [
            checks.Error(
                f"SHOP_LOCALE is not a locale: {settings.SHOP_LOCALE!r}.",
                hint=hint,
                id="money.E002",
            )
        ]
    return []
