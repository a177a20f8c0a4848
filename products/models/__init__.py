"""The catalogue's rows: pages that editors write, products that are sold, and what Stripe has of
them.
"""

from products.models.pages import ProductIndexPage, ProductPage
from products.models.product import PricePeriod, Product
from products.models.reservation import Reservation
from products.models.stock import Availability, Stock, StockMovement
from products.models.stripe_mirror import StripeAccount, StripePrice, StripeProduct

__all__ = [
    "Availability",
    "PricePeriod",
    "Product",
    "ProductIndexPage",
    "ProductPage",
    "Reservation",
    "Stock",
    "StockMovement",
    "StripeAccount",
    "StripePrice",
    "StripeProduct",
]
