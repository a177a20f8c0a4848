"""`{{ order.total|money:order.currency }}`"""

from django import template

from money import amount_text, from_minor

register = template.Library()


@register.filter
def money(minor: int, currency: str) -> str:
    """Format an amount in minor units for people."""
    return amount_text(minor, currency)


@register.filter
def major(minor: int | None, currency: str) -> str:
    """An amount in major units as a program reads it, such as `1499.00`; nothing for None."""
    return "" if minor is None else str(from_minor(minor, currency))
