"""One currency per shop: a shop with prices in one currency does not start with another one."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import checks
from django.db import DatabaseError, connections

from products.models.product import PricePeriod


def register() -> None:
    """Register the check. It reads the database, so it runs with the database checks: in migrate,
    the worker and gunicorn.
    """
    checks.register(currency_is_the_shops, checks.Tags.database)


def currency_is_the_shops(
    app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """products.E001: SHOP_CURRENCY is the currency of the prices that exist."""
    table = PricePeriod._meta.db_table
    for alias in databases or []:
        try:
            if table not in connections[alias].introspection.table_names():
                continue
            other = (
                PricePeriod.objects.using(alias).exclude(currency=settings.SHOP_CURRENCY).first()
            )
        except DatabaseError:
            continue  # the first query will report the error
        if other:
            hint = (
                f"Set SHOP_CURRENCY={other.currency}. A shop keeps its currency: its orders "
                "and prices are in it."
            )
            message = (
                f"SHOP_CURRENCY is {settings.SHOP_CURRENCY}, but this shop's prices are in "
                f"{other.currency}."
            )
            return [checks.Error(message, hint=hint, id="products.E001")]
    return []
