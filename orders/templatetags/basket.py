"""Buttons that fill the basket."""

from typing import Any

from django import template

from orders.checkout.basket import own_reservations
from orders.models import Checkout, Order
from products.models import Availability, ProductPage
from products.policy import FEW_LEFT, MAX_QUANTITY

register = template.Library()


@register.inclusion_tag("orders/includes/add_to_basket.html", takes_context=True)
def add_to_basket(
    context: dict[str, Any], product: ProductPage, compact: bool = False
) -> dict[str, Any]:
    """The button that adds one product. `compact` leaves out the quantity, for lists.

    It carries no token, so the page may be cached. In an editor's preview it is disabled.
    """
    stock = stock_for(context["request"], product)
    return {
        "product": product,
        "compact": compact,
        "stock": stock,
        "is_few": stock is not None and 0 < stock.available <= FEW_LEFT,
        "minimum": product.smallest_quantity,
        "is_preview": getattr(context["request"], "is_preview", False),
        "max_quantity": min(product.max_per_order or MAX_QUANTITY, MAX_QUANTITY),
    }


def stock_for(request: Any, product: ProductPage) -> Availability | None:
    """How many items this visitor can buy, including those in their own checkout."""
    stock = product.availability
    if stock is None or not stock.is_fully_reserved:
        return stock
    own = own_reservations(getattr(request, "user", None)).get(product.product_key, 0)
    return Availability(stock.on_hand, stock.reserved - own)


@register.inclusion_tag("orders/includes/buy_again.html")
def buy_again(bought: Order | Checkout, text: str) -> dict[str, Any]:
    """The button that adds what an order or a checkout contains."""
    lines = bought.lines.select_related("product").exclude(product=None)
    return {"lines": lines, "text": text}
