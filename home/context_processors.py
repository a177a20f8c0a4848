"""What every template may say about the shop."""

from django.conf import settings
from django.http import HttpRequest


def shop(request: HttpRequest) -> dict[str, object]:
    """Add `shop_name`, `shop_is_demo` and, in a demo, `sandbox_url`."""
    return {
        "shop_name": settings.WAGTAIL_SITE_NAME,
        "shop_is_demo": settings.SHOP_DEMO,
        "sandbox_url": settings.SANDBOX_PUBLIC_URL if settings.SHOP_DEMO else "",
    }
