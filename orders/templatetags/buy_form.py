"""`{% buy_form product %}`: the one way to draw a Buy button."""

import uuid
from typing import Any

from django import template
from django.urls import reverse

from products.models import ProductPage

register = template.Library()


@register.inclusion_tag("orders/includes/buy_form.html", takes_context=True)
def buy_form(
    context: dict[str, Any], product: ProductPage, compact: bool = False
) -> dict[str, Any]:
    """The form that buys one product. `compact` leaves out the quantity, for cards.

    Anonymous visitors get a GET form that leads through the login to the review page: their pages
    carry neither token nor cookie. In an editor's preview the button is dead.
    """
    request = context["request"]
    preview = getattr(request, "is_preview", False)
    member = request.user.is_authenticated and not preview
    return {
        "request": request,
        "csrf_token": context.get("csrf_token", "") if member else "",
        "product": product,
        "buying": "preview" if preview else "member" if member else "anonymous",
        "checkout_url": reverse("shop:checkout"),
        "product_key": product.product_key,
        "amount": product.unit_amount if product.price is not None else None,
        "currency": product.currency,
        "token": uuid.uuid4() if member else "",
        "compact": compact,
        "shop_is_demo": context.get("shop_is_demo", False),
    }
