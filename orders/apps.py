"""The till."""

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    """Checkout, fulfilment, webhook and the admin's order screens."""

    name = "orders"
