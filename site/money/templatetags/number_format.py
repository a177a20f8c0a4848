"""`{% number_format currency as format %}`: what a script needs to format amounts like `money`."""

from django import template
from django.conf import settings

from money import currencies

register = template.Library()


@register.simple_tag
def number_format(currency: str) -> dict[str, str | int]:
    """Return `locale` (a BCP 47 tag) and `decimals` (of the currency at Stripe)."""
    return {
        "locale": settings.SHOP_LOCALE.replace("_", "-"),
        "decimals": currencies.exponent(currency),
    }
