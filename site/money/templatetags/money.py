"""`{{ order.total|money:order.currency }}`"""

from django import template

from money import amount_text

register = template.Library()


@register.filter
def money(minor: int, currency: str) -> str:
    """Format an amount in minor units for people."""
    return amount_text(minor, currency)
