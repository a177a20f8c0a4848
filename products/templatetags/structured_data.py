"""What a product page contains for machines: its canonical address, and Product with Offer as
JSON-LD (schema.org).
"""

import json
from typing import Any
from urllib.parse import urljoin

from django import template
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from wagtail.images.models import AbstractRendition
from wagtail.models import Page

from money import from_minor
from products.models import ProductPage
from products.policy import FEW_LEFT
from shop_settings.models import ShopSettings

register = template.Library()

# Inside <script> only these could end the element or start a comment.
_HTML_ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


@register.filter
def absolute(url: str) -> str:
    """Put the shop's own address before a path; an absolute address stays as it is."""
    return urljoin(settings.SITE_URL, url)


@register.simple_tag(takes_context=True)
def canonical_url(context: dict[str, Any], page: Page) -> str:
    """The one absolute address of a page, whatever host name it was asked under; empty for a page
    never saved.
    """
    return absolute(page.get_url(context.get("request")) or "")


@register.simple_tag(takes_context=True)
def structured_data(
    context: dict[str, Any], page: ProductPage, url: str, picture: AbstractRendition | None = None
) -> SafeString:
    """Write the page as `<script type="application/ld+json">`: data, which a content policy does
    not run.
    """
    seller = ShopSettings.current().name
    data = product_data(page, url, picture, seller)
    text = json.dumps(data, ensure_ascii=False).translate(_HTML_ESCAPES)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(text))  # noqa: S308 - escaped above


def product_data(
    page: ProductPage, url: str, picture: AbstractRendition | None, seller: str
) -> dict[str, Any]:
    """The page as schema.org/Product, with an offer if the product is for sale."""
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": page.title,
        "description": page.summary,
        "url": url,
    }
    if picture:
        data["image"] = absolute(picture.url)
    if page.is_for_sale:
        data["offers"] = _offer(page, url, seller)
    return data


def _offer(page: ProductPage, url: str, seller: str) -> dict[str, Any]:
    offer = {
        "@type": "Offer",
        "url": url,
        "price": str(from_minor(page.unit_amount, page.currency)),
        "priceCurrency": page.currency.upper(),
        "availability": f"https://schema.org/{_availability(page)}",
        "seller": {"@type": "Organization", "name": seller},
    }
    if page.is_on_sale and page.sale_until:
        offer["priceValidUntil"] = page.sale_until.isoformat()
    return offer


def _availability(page: ProductPage) -> str:
    """One of schema.org's ItemAvailability."""
    stock = page.availability
    if stock is None or stock.available > FEW_LEFT:
        return "InStock"
    return "OutOfStock" if stock.is_sold_out else "LimitedAvailability"
