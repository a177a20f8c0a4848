"""The orders app."""

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    """Checkouts, orders, Stripe events, and their admin screens."""

    name = "orders"
