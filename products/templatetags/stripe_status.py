"""`{% stripe_status page as state %}`, for the price panel of the page editor."""

from django import template

from products.models import ProductPage
from products.sync_state import SyncState, sync_state

register = template.Library()


@register.simple_tag
def stripe_status(page: ProductPage) -> SyncState:
    """The state of a page's product at Stripe."""
    return sync_state(page)
