"""What the page editor shows about the product: whether Stripe has its price, and its stock."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.admin.panels import Panel

from admin_base.times import short_time
from money import amount_text
from money.currencies import exponent
from products.models.product import PricePeriod, Product
from products.models.reservation import Reservation


class StripePanel(Panel):
    """In sync, pending or failed, with the error, and the amount that shoppers pay now."""

    class BoundPanel(Panel.BoundPanel):
        """The panel for one page."""

        template_name = "products/admin/stripe_panel.html"

        def is_shown(self) -> bool:
            """A page that was never saved has no product yet."""
            return super().is_shown() and self.instance.pk is not None

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            """Add `shows_ids`: only some users can look ids up at Stripe; and `new_amount`, which
            publishing this version, a draft or an older revision, would make the price.
            """
            page, user = self.instance, self.request.user
            sets_price = type(page).objects.that_set_prices().filter(pk=page.pk).exists()
            product = Product.objects.filter(translation_key=page.product_key).first()
            context: dict[str, Any] = super().get_context_data(parent_context)
            return {
                **context,
                "product": product,
                "since": live_since(product),
                "may_see": user.has_perm("products.view_stripeproduct")
                or user.has_perm("products.sync_stripeproduct"),
                "shows_ids": user.has_perm("products.view_stripeproduct"),
                "new_amount": page.unit_amount if sets_price else 0,
                "sale": sale_sentence(page) if sets_price else "",
                "paying": paying_now(page) if sets_price else 0,
                "locale": settings.SHOP_LOCALE.replace("_", "-"),
                "decimals": exponent(page.currency),
            }


def live_since(product: Product | None) -> datetime | None:
    """When the present price took effect; None if the product is not for sale."""
    periods = PricePeriod.objects.filter(product=product, until=None)
    return periods.values_list("since", flat=True).first() if product else None


def sale_sentence(page: Any) -> str:
    """When this version of the page sells at a reduced price; empty if it does not."""
    now = timezone.now()
    is_over = page.sale_until is not None and page.sale_until <= now
    if is_over or not 0 < page.sale_amount < page.regular_amount:
        return ""
    is_planned = page.sale_from is not None and page.sale_from > now
    text = {
        (True, True): _("A sale is planned: %(amount)s from %(begin)s until %(end)s."),
        (True, False): _("A sale is planned: %(amount)s from %(begin)s onwards."),
        (False, True): _("This version sells at a reduced price: %(amount)s until %(end)s."),
        (False, False): _("This version sells at a reduced price: %(amount)s until you change it."),
    }[is_planned, page.sale_until is not None]
    return text % {
        "amount": amount_text(page.sale_amount, page.currency),
        "begin": short_time(page.sale_from),
        "end": short_time(page.sale_until),
    }


def paying_now(page: Any) -> int:
    """How many open checkouts sell the page's product, at the price that they were opened with."""
    reservations = Reservation.objects.filter(product__translation_key=page.product_key)
    return reservations.filter(until__gt=timezone.now()).values("key").distinct().count()


class StockPanel(Panel):
    """The product's stock, which is not a field of the page, with a link to change it."""

    class BoundPanel(Panel.BoundPanel):
        """The panel for one page."""

        template_name = "products/admin/stock_panel.html"

        def is_shown(self) -> bool:
            """A page that was never saved has no product yet."""
            return super().is_shown() and self.instance.pk is not None

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            """Add `stock` (None: unlimited), and the product's id for those who may change it."""
            context: dict[str, Any] = super().get_context_data(parent_context)
            may_change = self.request.user.has_perm("products.change_stock")
            product = Product.objects.filter(translation_key=self.instance.product_key).first()
            return {
                **context,
                "stock": self.instance.availability,
                "product_id": product.pk if product and may_change else None,
            }
