"""The checks of a product in Wagtail's checks side panel."""

from typing import Any

from django import template

from products.models import ProductPage
from products.readiness import shortcomings

register = template.Library()


@register.inclusion_tag("products/admin/ready_to_sell.html")
def ready_to_sell(edited: Any) -> dict[str, Any]:
    """What a product page lacks before it is sold; nothing for other pages, and for a page that was
    never saved, which lacks everything.
    """
    is_product = isinstance(edited, ProductPage) and edited.pk is not None
    return {"is_product": is_product, "shortcomings": shortcomings(edited) if is_product else []}
