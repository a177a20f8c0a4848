"""`{% stripe_status page as status %}`, for the editor's Stripe panel."""

from django import template

from products.models import ProductPage
from products.sync_state import Status, status_of

register = template.Library()


@register.simple_tag
def stripe_status(page: ProductPage) -> Status:
    """The state of a page's product at Stripe."""
    return status_of(page)
