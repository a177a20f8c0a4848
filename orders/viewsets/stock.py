"""Stock in the admin: a list of products, and a page to change the stock of one.

It is not in `products`, because counting a shelf needs the orders that have not been shipped.
"""

from typing import Any, cast
from uuid import uuid4

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.formats import number_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.viewsets.base import ViewSet
from wagtail.log_actions import log

from admin_base.permission import AllowedUsersMixin
from orders.models import OrderLine
from orders.statuses import FulfilmentStatus
from products import stock as stocks
from products.models import Product, ProductPage, Stock
from users.models import User

PERMISSION = "products.change_stock"
LOG_ACTION = "products.stock"
SHOWN_MOVEMENTS = 50
# Orders with items that have not left the shop.
WITH_ITEMS_TO_SHIP = (
    FulfilmentStatus.UNFULFILLED,
    FulfilmentStatus.PARTLY_SHIPPED,
    FulfilmentStatus.ON_HOLD,
)


def sold_and_not_shipped(product: Product) -> int:
    """How many items of a product have been taken from stock and are still in the shop."""
    lines = OrderLine.objects.filter(product=product, order__cancelled_at=None)
    waiting = lines.filter(order__fulfilment_status__in=WITH_ITEMS_TO_SHIP)
    found = waiting.with_fulfilment()
    return sum(line.in_stock_to_ship for line in found)


def titles() -> dict[Any, str]:
    """The title of each product's page, by translation key."""
    pages = ProductPage.objects.that_set_prices()
    return dict(pages.values_list("translation_key", "title"))


class ForStock(AllowedUsersMixin):
    """Only for staff who may change the stock."""

    def is_allowed(self, user: Any) -> bool:
        return bool(user.has_perm(PERMISSION))


class StockIndexView(ForStock, WagtailAdminTemplateMixin, TemplateView):
    """All products with their stock."""

    template_name = "orders/admin/stock.html"
    page_title = gettext_lazy("Stock")
    header_icon = "clipboard-list"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add `rows`: product, title, stock (None: unlimited), and how many open checkouts hold."""
        names = titles()
        products = list(Product.objects.filter(translation_key__in=names).select_related("stock"))
        reserved = stocks.reserved(product.pk for product in products)
        rows = [
            (
                product,
                names[product.translation_key],
                getattr(product, "stock", None),
                reserved.get(product.pk, 0),
            )
            for product in products
        ]
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return {**context, "rows": sorted(rows, key=lambda row: row[1].lower())}


class StockForm(forms.Form):
    """A difference, or what is on the shelf now; and when to raise an alert."""

    delta = forms.IntegerField(
        label=gettext_lazy("Add or remove"),
        required=False,
        min_value=-stocks.MOST,
        max_value=stocks.MOST,
        help_text=gettext_lazy("For example 20 after a delivery, or -1 for a broken item."),
    )
    shelf = forms.IntegerField(
        label=gettext_lazy("On the shelf now"),
        required=False,
        min_value=0,
        max_value=stocks.MOST,
    )
    low_at = forms.IntegerField(
        label=gettext_lazy("Raise an alert at"),
        required=False,
        min_value=0,
        max_value=stocks.MOST,
        help_text=gettext_lazy("When this many items or fewer are left. Leave empty for no alert."),
    )
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=255)
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def clean(self) -> dict[str, Any]:
        """Accept a difference or a count, not both."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("delta") is not None and cleaned.get("shelf") is not None:
            raise forms.ValidationError(_("Enter a difference or what is on the shelf, not both."))
        return cleaned


class StockChangeView(ForStock, WagtailAdminTemplateMixin, TemplateView):
    """The stock of one product."""

    template_name = "orders/admin/stock_change.html"
    page_title = gettext_lazy("Change the stock")
    header_icon = "clipboard-list"

    @cached_property
    def product(self) -> Product:
        """The product; 404 if there is none."""
        return get_object_or_404(Product, pk=self.kwargs["pk"])

    @cached_property
    def stock(self) -> Stock | None:
        """Its stock; None if it is not limited."""
        return Stock.objects.filter(product=self.product).first()

    def get_page_subtitle(self) -> str:
        return titles().get(self.product.translation_key, str(self.product))

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [
            *self.breadcrumbs_items,
            {"url": reverse("stock_admin:index"), "label": _("Stock")},
            {"url": "", "label": self.get_page_subtitle()},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the stock, what of it is still on the shelf, and the newest movements."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        initial = {"seen": self.stock.on_hand, "low_at": self.stock.low_at} if self.stock else {}
        return {
            "form": StockForm(initial=initial),
            "stock": self.stock,
            "unshipped": sold_and_not_shipped(self.product),
            "reserved": stocks.reserved([self.product.pk]).get(self.product.pk, 0),
            "movements": self.product.movements.select_related("by")[:SHOWN_MOVEMENTS],
            **context,
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Change the stock, or show the form with its errors."""
        form = StockForm(request.POST)
        if form.is_valid() and self.is_unchanged(form.cleaned_data):
            messages.warning(request, _("Nothing was changed."))
            return redirect("stock_admin:change", self.product.pk)
        if form.is_valid():
            self.try_change(form)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form), status=422)
        messages.success(request, _("The stock was changed."))
        return redirect("stock_admin:change", self.product.pk)

    def is_unchanged(self, sent: dict[str, Any]) -> bool:
        """Whether neither the stock nor its alert would change. A count always counts."""
        if sent["shelf"] is not None or sent["delta"]:
            return False
        return not self.stock or self.stock.low_at == sent["low_at"]

    def try_change(self, form: StockForm) -> None:
        """Change the stock, or add to the form why that is impossible."""
        try:
            self.change(form.cleaned_data)
        except stocks.StockChanged:
            text = _("The stock has changed since you opened this page. Count again.")
            form.add_error(None, text)
        except stocks.OutOfStock as error:
            count = error.available[self.product.pk]
            text = ngettext(
                "There is only %(count)s item.", "There are only %(count)s items.", count
            )
            form.add_error("delta", text % {"count": count})
        except stocks.TooMany:
            text = _("There can be at most %(most)s items in stock.")
            form.add_error(
                "delta", text % {"most": number_format(stocks.MOST, force_grouping=True)}
            )

    @transaction.atomic
    def change(self, sent: dict[str, Any]) -> None:
        """Move the stock and store when to alert. Raises StockChanged, OutOfStock."""
        by = cast(User, self.request.user)
        source, note = f"form:{sent['key']}", sent["note"]
        pk = self.product.pk
        if sent["shelf"] is not None:
            self.check_nothing_was_sold(sent["seen"])
            sellable = max(sent["shelf"] - sold_and_not_shipped(self.product), 0)
            stocks.count(pk, sellable, source, seen=sent["seen"], by=by, note=note)
        elif sent["delta"]:
            stocks.correct(pk, sent["delta"], source, by=by, note=note)
        if self.stock or sent["shelf"] is not None or sent["delta"]:
            stocks.set_low_at(pk, sent["low_at"])
        log(
            self.product, LOG_ACTION, user=by, data={"shelf": sent["shelf"], "delta": sent["delta"]}
        )

    def check_nothing_was_sold(self, seen: int | None) -> None:
        """Lock the stock, so that nothing is sold between the two counts. Raises StockChanged."""
        rows = stocks.locked([self.product.pk])
        if rows and rows[0].on_hand != seen:
            raise stocks.StockChanged


class StockViewSet(ViewSet):
    """Stock in the main menu."""

    name = "stock_admin"
    url_prefix = "stock"
    icon = "clipboard-list"
    menu_label = gettext_lazy("Stock")
    menu_order = 152
    add_to_admin_menu = True

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            path("", StockIndexView.as_view(), name="index"),
            path("<int:pk>/", StockChangeView.as_view(), name="change"),
        ]

    def get_menu_item(self, order: int | None = None) -> Any:
        """Show the item to users who may change the stock."""
        item = super().get_menu_item(order)
        item.is_shown = lambda request: request.user.has_perm(PERMISSION)
        return item
