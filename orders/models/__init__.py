"""Checkouts, orders, Stripe events and reconciliations."""

from orders.models.checkout import Checkout, CheckoutLine
from orders.models.installation import Installation
from orders.models.order import Order, OrderEvent, OrderLine
from orders.models.reconciliation import Reconciliation
from orders.models.stripe_event import StripeEvent

__all__ = [
    "Checkout",
    "CheckoutLine",
    "Installation",
    "Order",
    "OrderEvent",
    "OrderLine",
    "Reconciliation",
    "StripeEvent",
]
