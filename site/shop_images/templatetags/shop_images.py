"""Pictures in templates, in the sizes that `renditions.SPECS` lists.

{% shop_picture product.image "card" alt=product.picture_alt loading="lazy" sizes="…" %}
{% shop_rendition page.image "sharing" as picture %}
"""

from typing import Any

from django import template
from wagtail.images.models import Picture

from shop_images.models import ShopImage, ShopRendition
from shop_images.renditions import filters

register = template.Library()


@register.simple_tag
def shop_picture(image: ShopImage, size: str, **attributes: Any) -> Picture:
    """Return `<picture>` with every rendition of this size, or with the placeholder."""
    return Picture(image.get_renditions(*filters(size)), attributes)


@register.simple_tag
def shop_rendition(image: ShopImage | None, size: str) -> ShopRendition | None:
    """Return the first rendition of this size; None if there is no image or no rendition."""
    if image is None:
        return None
    rendition = image.get_rendition(filters(size)[0])
    return None if rendition.is_placeholder else rendition
