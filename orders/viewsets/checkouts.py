"""Checkouts in the admin: those whose money is under way, and on request all others."""

import json
from typing import Any

import django_filters
from django.db.models import QuerySet
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.ui.tables import Column, StatusTagColumn
from wagtail.admin.views.generic import InspectView

from admin_base.columns import UNBROKEN, MomentColumn, MomentTitleColumn, shortened
from admin_base.read_only import ReadOnlyIndexView, ReadOnlyViewSet
from money import amount_text
from orders.models import Checkout
from orders.statuses import CheckoutStatus

ALL = "all"


class CheckoutFilters(WagtailFilterSet):
    """By status and day. Without a choice of status the list shows `processing`."""

    status = django_filters.ChoiceFilter(
        label="Status",
        choices=[(ALL, "All"), *CheckoutStatus.choices],
        empty_label=None,
        method="filter_status",
    )
    created_at = django_filters.DateFromToRangeFilter(label="Created", widget=DateRangePickerWidget)

    class Meta:
        model = Checkout
        fields = ["status", "created_at"]

    @property
    def chooses_status(self) -> bool:
        """Whether somebody asked for another status than the one shown at first."""
        return bool(self.form.is_valid() and self.form.cleaned_data.get("status"))

    def filter_status(self, rows: QuerySet[Checkout], name: str, value: str) -> QuerySet[Checkout]:
        """Keep the rows in one status, or all."""
        return rows if value == ALL else rows.filter(status=value)

    def filter_queryset(self, queryset: QuerySet[Checkout]) -> QuerySet[Checkout]:
        """Keep those under way unless a status is chosen."""
        rows: QuerySet[Checkout] = super().filter_queryset(queryset)
        return rows if self.chooses_status else rows.filter(status=CheckoutStatus.PROCESSING)


class CheckoutIndexView(ReadOnlyIndexView):
    """The list; lines and shoppers are fetched once for all rows of a page."""

    results_template_name = "orders/admin/checkouts_results.html"

    def get_base_queryset(self) -> QuerySet[Checkout]:
        """Checkouts with what a list shows of them."""
        return (
            super()
            .get_base_queryset()
            .select_related("user")
            .prefetch_related("lines")
            .defer("request")
        )


class CheckoutInspectView(InspectView):
    """One attempt to buy, and what became of it."""

    any_permission_required = ["view"]
    template_name = "orders/admin/checkout.html"
    page_title = "Checkout"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add `checkout` and the parameters of its call to Stripe, in lines."""
        request = json.dumps(self.object.request, indent=2, ensure_ascii=False)
        return {
            **super().get_context_data(**kwargs),
            "checkout": self.object,
            "parameters": request,
        }


class CheckoutViewSet(ReadOnlyViewSet):
    """List and read."""

    model = Checkout
    name = "checkouts_admin"
    url_prefix = "checkouts"
    icon = "time"
    menu_label = "Checkouts"
    index_view_class = CheckoutIndexView
    inspect_view_class = CheckoutInspectView
    list_display = (
        MomentTitleColumn(
            "created_at",
            label="Created",
            sort_key="created_at",
            url_name="checkouts_admin:inspect",
            classname=UNBROKEN,
        ),
        Column(
            "user", label="Shopper", accessor=lambda row: row.user or "–", sort_key="user__email"
        ),
        Column("summary", label="What"),
        Column(
            "subtotal",
            label="Subtotal",
            accessor=lambda row: amount_text(row.subtotal, row.currency),
        ),
        StatusTagColumn(
            "status", label="Status", primary=lambda row: row.status != CheckoutStatus.PROCESSING
        ),
        MomentColumn("expires_at", label="Expires", sort_key="expires_at", classname=UNBROKEN),
        Column(
            "session_id",
            label="Session",
            accessor=lambda row: shortened(row.session_id),
            sort_key="session_id",
        ),
    )
    ordering = ("-created_at", "-pk")
    filterset_class = CheckoutFilters
    search_fields = ("id", "session_id", "user__email")
