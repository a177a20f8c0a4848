"""Installed for its template filter and its check of SHOP_CURRENCY."""

from django.apps import AppConfig


class MoneyConfig(AppConfig):
    """Converters, no models."""

    name = "money"

    def ready(self) -> None:
        from money import checks

        checks.register()
