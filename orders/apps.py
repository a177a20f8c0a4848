"""The orders app."""

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    """Everything about selling; see `orders/__init__.py`."""

    name = "orders"
