"""Buttons that fill the basket."""

from typing import Any

from django import template

from orders.models import Checkout, Order
from orders.policy import MAX_QUANTITY
from products.models import ProductPage

register = template.Library()


@register.inclusion_tag("orders/includes/add_to_basket.html", takes_context=True)
def add_to_basket(
    context: dict[str, Any], product: ProductPage, compact: bool = False
) -> dict[str, Any]:
    """The button that adds one product. `compact` leaves out the quantity, for cards.

    It carries no token, so the page may be cached. In an editor's preview it is disabled.
    """
    return {
        "product": product,
        "compact": compact,
        "is_preview": getattr(context["request"], "is_preview", False),
        "max_quantity": MAX_QUANTITY,
    }


@register.inclusion_tag("orders/includes/buy_again.html")
def buy_again(bought: Order | Checkout, text: str) -> dict[str, Any]:
    """The button that adds what an order or a checkout contains."""
    lines = bought.lines.select_related("product").exclude(product=None)
    return {"lines": lines, "text": text}
