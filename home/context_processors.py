"""What every template can say about the shop."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from shop_settings.models import ShopSettings


def shop(request: HttpRequest) -> dict[str, object]:
    """Add `shop`, `shop_name`, `shop_is_demo` and, in a demo, `sandbox_url`.

    The settings are read when a template first uses them: admin pages and emails may not need them.
    """
    return {
        "shop": SimpleLazyObject(lambda: ShopSettings.current(request)),
        "shop_name": SimpleLazyObject(lambda: ShopSettings.current(request).name),
        "shop_is_demo": settings.SHOP_DEMO,
        "sandbox_url": settings.SANDBOX_PUBLIC_URL if settings.SHOP_DEMO else "",
    }
