"""Installed for its template filters and its checks of SHOP_CURRENCY and SHOP_LOCALE."""

from django.apps import AppConfig


class MoneyConfig(AppConfig):
    """Has no models."""

    name = "money"

    def ready(self) -> None:
        from money import checks

        checks.register()
