"""`{% for page in pages|with_prior_amounts %}`: pages to be shown with their prices."""

from collections.abc import Iterable

from django import template
from django.utils import timezone

from products.models import PricePeriod, ProductPage

register = template.Library()


@register.filter
def with_prior_amounts(pages: Iterable[ProductPage]) -> list[ProductPage]:
    """The pages; those on sale know the lowest price before it. One query, if there is a sale."""
    found = list(pages)
    reduced = {page.product_key: page.unit_amount for page in found if page.is_on_sale}
    lowest = PricePeriod.objects.lowest_before(reduced, timezone.now()) if reduced else {}
    for page in found:
        page.prior_amount = lowest.get(page.product_key)
    return found
