"""Checkouts, orders, refunds, disputes, Stripe events and reconciliations."""

from orders.models.checkout import Checkout, CheckoutLine
from orders.models.checkout_settings import CheckoutSettings
from orders.models.customer import Customer
from orders.models.delivery import OrderAddress, OrderNote
from orders.models.details import LineDetails, OrderDetails
from orders.models.dispute import Dispute
from orders.models.installation import Installation
from orders.models.order import Order, OrderEvent
from orders.models.order_line import OrderLine
from orders.models.reconciliation import Reconciliation
from orders.models.refund import Refund, RefundLine
from orders.models.shipping import ReturnedGoods, Shipment, ShipmentLine
from orders.models.stripe_event import StripeEvent

__all__ = [
    "Checkout",
    "CheckoutLine",
    "CheckoutSettings",
    "Customer",
    "Dispute",
    "Installation",
    "LineDetails",
    "Order",
    "OrderAddress",
    "OrderDetails",
    "OrderEvent",
    "OrderLine",
    "OrderNote",
    "Reconciliation",
    "Refund",
    "RefundLine",
    "ReturnedGoods",
    "Shipment",
    "ShipmentLine",
    "StripeEvent",
]
