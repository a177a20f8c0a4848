"""Helpers of the tests about stock and shipping."""

from typing import Any
from uuid import uuid4

from django.db import transaction

from orders.models import Order, OrderLine, Shipment
from orders.refunds.request import Decision
from orders.shipping.cancel import cancel
from orders.shipping.ship import Parcel, send_replacement, ship
from products import stock
from products.models import Product, ProductPage, Stock

NO_PARCEL = Parcel()


def put_in_stock(page: ProductPage, count: int, low_at: int | None = None) -> Product:
    """Give a page's product a stock, as staff do."""
    product, _ = Product.objects.get_or_create(translation_key=page.product_key)
    seen = Stock.objects.filter(product=product).values_list("on_hand", flat=True).first()
    with transaction.atomic():
        stock.count(product.pk, count, f"test:{uuid4()}", seen=seen)
        stock.set_low_at(product.pk, low_at)
    return product


def on_hand(page: ProductPage) -> int | None:
    """The stock of a page's product, which is the sum of its movements; None if unlimited."""
    found = Stock.objects.filter(product__translation_key=page.product_key).first()
    if found is None:
        return None
    assert sum(row.delta for row in found.product.movements.all()) == found.on_hand >= 0
    return found.on_hand


def line_of(order: Order, name: str = "Brass lamp") -> OrderLine:
    """The line of a product."""
    return order.lines.get(name=name)


def send_out(order: Order, count: int, name: str = "Brass lamp", **fields: Any) -> Shipment:
    """Ship items of a product."""
    quantities = {line_of(order, name).pk: count}
    values = {"key": uuid4(), "by": None, **fields}
    shipment, _ = ship(order, quantities, values.pop("parcel", NO_PARCEL), **values)
    return shipment


def replace(order: Order, count: int, name: str = "Brass lamp", **fields: Any) -> Shipment:
    """Send a replacement for items of a product."""
    quantities = {line_of(order, name).pk: count}
    values = {"key": uuid4(), "by": None, "reason": "Broken", **fields}
    shipment, _ = send_replacement(order, quantities, NO_PARCEL, **values)
    return shipment


def call_off(order: Order, *, refund: bool = False, restock: bool = True) -> Order:
    """Cancel an order."""
    cancelled, _ = cancel(order, Decision(restock=restock), key=uuid4(), refund=refund)
    return cancelled
