"""`{% number_format currency as format %}`: what a script needs to write amounts as `money` does."""

from django import template
from django.conf import settings

from money import currencies

register = template.Library()


@register.simple_tag
def number_format(currency: str) -> dict[str, str | int]:
    """Return `locale` (BCP 47, as browsers want it) and `decimals` (between minor and main unit)."""
    return {"locale": settings.SHOP_LOCALE.replace("_", "-"), "decimals": currencies.exponent(currency)}
