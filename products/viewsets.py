"""Prices at Stripe in the admin: a report of all products, and a page per product."""

from typing import Any, NamedTuple

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.defaults import permission_denied
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.log_actions import log

from admin_base.permission import AllowedUsersMixin
from products import drift, stripe_account
from products.catalogue import all_for_sale, desired_for
from products.models import Product, ProductPage, StripeProduct
from products.statuses import SyncStatus
from products.sync import is_in_sync, try_to_sync
from products.sync_state import sync_state, sync_status
from stripe_gateway.errors import GatewayError

VIEW = "products.view_stripeproduct"
SYNC = "products.sync_stripeproduct"
LOG_ACTION = "products.sync"
SHOWN_PERIODS = 50


def may_see(user: Any) -> bool:
    """Whether a user may see the report."""
    return user.has_perm(VIEW) or user.has_perm(SYNC)


class Row(NamedTuple):
    """One product of the report."""

    product: Product
    page: ProductPage
    status: SyncStatus
    amount: int | None  # what shoppers pay now, in minor units
    at_stripe: StripeProduct | None


def rows() -> list[Row]:
    """All products that have a page, by title. The number of queries does not depend on theirs."""
    known = stripe_account.known()
    account, error = (known.account, known.last_error) if known else ("", "")
    for_sale = all_for_sale()
    mirror = {row.product_id: row for row in StripeProduct.objects.filter(account=account)}
    products = {product.translation_key: product for product in Product.objects.all()}
    found = []
    for page in ProductPage.objects.that_set_prices().order_by("title", "pk"):
        product = products.get(page.translation_key)
        if product is None:  # a draft whose product the next sync creates
            continue
        row, desired = mirror.get(product.pk), desired_for(for_sale.get(page.translation_key))
        status = sync_status(row, desired, account, row.last_error if row else error)
        found.append(Row(product, page, status, desired.unit_amount, row))
    return found


class ForReaders(AllowedUsersMixin):
    """Only for staff who may see what Stripe has."""

    def is_allowed(self, user: Any) -> bool:
        """Whether this user may see the report."""
        return may_see(user)


class PricesReport(ForReaders, WagtailAdminTemplateMixin, TemplateView):
    """All products with their price, and whether Stripe has it."""

    template_name = "products/admin/prices.html"
    page_title = gettext_lazy("Prices at Stripe")
    header_icon = "tag"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [*self.breadcrumbs_items, {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add `rows`."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return {**context, "rows": rows()}


class ProductAtStripe(ForReaders, WagtailAdminTemplateMixin, TemplateView):
    """One product: its price and its history, what Stripe has, and a button to repair it."""

    template_name = "products/admin/product_at_stripe.html"
    page_title = gettext_lazy("Price at Stripe")
    header_icon = "tag"

    @cached_property
    def page(self) -> ProductPage:
        """The page that sets the product's price; 404 if there is none."""
        pages = ProductPage.objects.that_set_prices()
        return get_object_or_404(pages, translation_key=self.product.translation_key)

    @cached_property
    def product(self) -> Product:
        """The product; 404 if there is none."""
        return get_object_or_404(Product, pk=self.kwargs["pk"])

    def get_page_subtitle(self) -> str:
        return self.page.title

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [
            *self.breadcrumbs_items,
            {"url": reverse("prices"), "label": _("Prices at Stripe")},
            {"url": "", "label": self.page.title},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the state, the newest prices, and what the user may do."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        user = self.request.user
        return {
            **context,
            "page": self.page,
            "state": sync_state(self.page),
            "periods": self.product.price_periods.order_by("-since", "-pk")[:SHOWN_PERIODS],
            "shows_ids": user.has_perm(VIEW),
            "may_sync": user.has_perm(SYNC),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Compare the product with Stripe, and sync it if it differs."""
        if not request.user.has_perm(SYNC):
            return permission_denied(request, PermissionDenied())
        try:
            self.compare_and_sync()
        except GatewayError as error:
            messages.error(request, _("Stripe: %(error)s") % {"error": error})
        log(self.page, LOG_ACTION, user=request.user)
        return redirect("product_at_stripe", self.product.pk)

    def compare_and_sync(self) -> None:
        """Show messages about what was found and done. Raises GatewayError."""
        account = stripe_account.refresh()
        row, _is_new = StripeProduct.objects.get_or_create(product=self.product, account=account)
        compared = drift.compare_now(row)
        row.refresh_from_db()
        failure = ""
        if not is_in_sync(row, compared.desired, account):
            failure = try_to_sync(self.product, compared.desired, account, now=True)
        if compared.differences:
            text = _("This was different: %(differences)s")
            messages.warning(self.request, text % {"differences": " ".join(compared.differences)})
        if failure or compared.error:
            messages.error(self.request, failure or compared.error)
        else:
            messages.success(self.request, _("Stripe has the product as it is published."))
