"""What every template knows about the shop."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from memory import remember
from orders.checkout import stored_basket
from products.models import ProductIndexPage
from shop_settings.models import ShopSettings


def shop(request: HttpRequest) -> dict[str, object]:
    """Add `shop`, `shop_name`, `products_url`, `basket_count` (items), `paying` (identifies the
    visitor's own checkout), `shop_is_demo` and, in a demo, `sandbox_url`.

    Rows are read when a template first uses them: admin pages and emails may not need them.
    """
    return {
        "shop": SimpleLazyObject(lambda: ShopSettings.current()),
        "shop_name": SimpleLazyObject(lambda: ShopSettings.current().name),
        "products_url": SimpleLazyObject(products_url),
        "basket_count": SimpleLazyObject(lambda: basket_count(request)),
        "paying": SimpleLazyObject(lambda: paying(request)),
        "shop_is_demo": settings.SHOP_DEMO,
        "sandbox_url": settings.SANDBOX_PUBLIC_URL if settings.SHOP_DEMO else "",
    }


def basket_count(request: HttpRequest) -> int:
    """How many items are in the visitor's basket; 0 on an error page that has no session."""
    return stored_basket.count(request.session) if hasattr(request, "session") else 0


def paying(request: HttpRequest) -> str:
    """The visitor's own checkout; empty on an error page that has no session."""
    return stored_basket.paying(request.session) if hasattr(request, "session") else ""


def products_url() -> str:
    """The address of the list of products; empty while it is not published."""

    def found() -> str:
        index = ProductIndexPage.objects.live().first()
        return (index and index.get_url()) or ""

    return remember("address of the products", found)
