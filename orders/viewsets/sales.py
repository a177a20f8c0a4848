"""Sales in the admin: a panel on its home page, and a report by month."""

import csv
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from wagtail.admin.ui.components import Component
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from money import from_minor
from orders import sales
from orders.models import Order, Reconciliation
from orders.viewsets.order_filters import SHIPPABLE
from stripe_gateway.account import is_live
from text.locales import percent_text

DAYS, MONTHS, PRODUCTS = 30, 13, 5
REMEMBERED = 60  # seconds

T = TypeVar("T")


def may_see(user: Any) -> bool:
    """Whether somebody works with orders."""
    return bool(user.has_perm("orders.view_order"))


def remembered(name: str, compute: Callable[[], T]) -> tuple[datetime, T]:
    """Figures that take long to compute with many orders, and when that was: a minute ago at most,
    in each process.
    """
    key = f"sales-{name}-{is_live()}-{timezone.localdate()}"
    found: tuple[datetime, T] | None = cache.get(key)
    if found is None:
        found = timezone.now(), compute()
        cache.set(key, found, REMEMBERED)
    return found


def figures() -> dict[str, Any]:
    """The sales of the last thirty days."""
    since = sales.start_of(timezone.localdate() - timedelta(days=DAYS - 1))
    days = sales.by_day(DAYS)
    paid, started = sales.conversion(since)
    return {
        "days": days,
        "most": max(day.sales + day.refunds for day in days),
        "orders": sum(day.orders for day in days),
        "sales": sum(day.sales for day in days),
        "refunds": sum(day.refunds for day in days),
        "products": sales.by_product(since, PRODUCTS),
        "paid": paid,
        "started": started,
        "share": paid / started if started else None,
    }


class SalesPanel(Component):
    """The last thirty days: sales, refunds, products, checkouts, and orders to ship."""

    name = "sales"
    template_name = "orders/admin/sales_panel.html"
    order = 60  # below warnings and alerts

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        as_of, found = remembered("panel", figures)
        return {
            **found,
            "percent": "" if found["share"] is None else percent_text(found["share"]),
            "as_of": as_of,
            "to_ship": Order.objects.filter(
                fulfilment_status__in=SHIPPABLE, livemode=is_live()
            ).count(),
            "livemode": is_live(),
            "reconciliation": Reconciliation.objects.order_by("-started_at").first(),
            "currency": settings.SHOP_CURRENCY,
        }


class SalesReport(WagtailAdminTemplateMixin, TemplateView):
    """Sales, tax and refunds by month, as a page or as CSV."""

    template_name = "orders/admin/sales_report.html"
    page_title = _("Sales")
    header_icon = "history"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [*self.breadcrumbs_items, {"url": "", "label": self.page_title}]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, or the file. Raises PermissionDenied."""
        if not may_see(request.user):
            raise PermissionDenied
        return as_csv() if request.GET.get("export") == "csv" else super().get(request)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The months, newest first."""
        as_of, months = remembered("months", lambda: sales.by_month(MONTHS))
        return {
            **super().get_context_data(**kwargs),
            "months": months,
            "as_of": as_of,
            "currency": settings.SHOP_CURRENCY,
        }


def as_csv() -> HttpResponse:
    """One row per month; amounts are numbers in major units."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="sales.csv"'
    writer = csv.writer(response)
    headings = (_("Month"), _("Orders"), _("Sales"), _("Tax"), _("Refunds"), _("Net"))
    writer.writerow([str(heading) for heading in headings])
    for month in sales.by_month(MONTHS):
        amounts = (month.sales, month.tax, -month.refunds, month.net)
        numbers = [from_minor(amount, settings.SHOP_CURRENCY) for amount in amounts]
        writer.writerow([month.begins.strftime("%Y-%m"), month.orders, *numbers])
    return response
