"""Before an editor deletes products: how many orders and open checkouts have them."""

from django.http import HttpRequest
from django.utils.translation import ngettext
from wagtail.admin import messages
from wagtail.models import Page

from orders.models import Checkout, CheckoutLine, OrderLine
from products.models import Product, ProductPage


def warn(request: HttpRequest, page: Page) -> None:
    """Show on the confirmation page what stays when a page is deleted."""
    if request.method != "GET":
        return
    keys = ProductPage.objects.descendant_of(page, inclusive=True).values("translation_key")
    products = Product.objects.filter(translation_key__in=keys).values("pk")
    orders = OrderLine.objects.filter(product__in=products).values("order").distinct().count()
    lines = CheckoutLine.objects.filter(product__in=products)
    open_now = lines.filter(checkout__status__in=Checkout.PAYABLE).values("checkout")
    if orders:
        text = ngettext(
            "%(count)s order contains it. The order stays as it is, with name and price.",
            "%(count)s orders contain it. The orders stay as they are, with name and price.",
            orders,
        )
        messages.warning(request, text % {"count": orders})
    if checkouts := open_now.distinct().count():
        text = ngettext(
            "%(count)s shopper is paying for it now, and can still pay.",
            "%(count)s shoppers are paying for it now, and can still pay.",
            checkouts,
        )
        messages.warning(request, text % {"count": checkouts})
