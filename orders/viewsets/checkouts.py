"""Checkouts in the admin: first those whose payment is processing, and on request all others."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.ui.tables import Column, StatusTagColumn

from admin_base.columns import UNBROKEN, MomentColumn, MomentTitleColumn, shortened
from admin_base.read_only import ReadOnlyIndexView, ReadOnlyInspectView, ReadOnlyViewSet
from admin_base.times import EMPTY, short_time
from money import amount_text
from orders.models import Checkout
from orders.statuses import CheckoutStatus

ALL = "all"


class CheckoutFilters(WagtailFilterSet):
    """Filters by status and day. Without a status and a search, the list shows `processing`."""

    status = django_filters.ChoiceFilter(
        label=_("Status"),
        choices=[(ALL, _("All")), *CheckoutStatus.choices],
        empty_label=None,
        method="filter_status",
    )
    created_at = django_filters.DateFromToRangeFilter(
        label=_("Created"), widget=DateRangePickerWidget
    )

    class Meta:
        model = Checkout
        fields = ["status", "created_at"]

    @property
    def hides_some(self) -> bool:
        """Whether the list leaves out checkouts because nobody has asked for them."""
        is_chosen = self.form.is_valid() and self.form.cleaned_data.get("status")
        return not (is_chosen or self.data.get("q"))

    def filter_status(self, rows: QuerySet[Checkout], name: str, value: str) -> QuerySet[Checkout]:
        """Keep the checkouts with one status, or all."""
        return rows if value == ALL else rows.filter(status=value)

    def filter_queryset(self, queryset: QuerySet[Checkout]) -> QuerySet[Checkout]:
        """Keep those that are processing unless somebody asks for others."""
        rows: QuerySet[Checkout] = super().filter_queryset(queryset)
        return rows.filter(status=CheckoutStatus.PROCESSING) if self.hides_some else rows


class CheckoutIndexView(ReadOnlyIndexView):
    """The list; lines and shoppers are fetched once for all rows of a page."""

    results_template_name = "orders/admin/checkouts_results.html"

    def get_base_queryset(self) -> QuerySet[Checkout]:
        """Checkouts with their lines and shoppers, without the requests to Stripe."""
        return (
            super()
            .get_base_queryset()
            .select_related("user")
            .prefetch_related("lines")
            .defer("request")
        )


class CheckoutInspectView(ReadOnlyInspectView):
    """One checkout with its request to Stripe."""

    template_name = "orders/admin/checkout.html"
    page_title = _("Checkout")

    def get_page_subtitle(self) -> str:
        """When it was created, because its id means nothing to people."""
        return short_time(self.object.created_at)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add `checkout`."""
        return {**super().get_context_data(**kwargs), "checkout": self.object}


class CheckoutViewSet(ReadOnlyViewSet):
    """Checkouts in the menu Payments."""

    model = Checkout
    name = "checkouts_admin"
    url_prefix = "checkouts"
    icon = "time"
    menu_label = _("Checkouts")
    index_view_class = CheckoutIndexView
    inspect_view_class = CheckoutInspectView
    list_display = (
        MomentTitleColumn(
            "created_at",
            label=_("Created"),
            sort_key="created_at",
            url_name="checkouts_admin:inspect",
            classname=UNBROKEN,
        ),
        Column(
            "user",
            label=_("Shopper"),
            accessor=lambda row: row.user or EMPTY,
            sort_key="user__email",
        ),
        Column("summary", label=_("Products")),
        Column(
            "subtotal",
            label=_("Subtotal"),
            accessor=lambda row: amount_text(row.subtotal, row.currency),
        ),
        StatusTagColumn(
            "get_status_display",
            label=_("Status"),
            primary=lambda row: row.status == CheckoutStatus.PROCESSING,
        ),
        MomentColumn("expires_at", label=_("Expires"), sort_key="expires_at", classname=UNBROKEN),
        Column(
            "session_id",
            label=_("Session"),
            accessor=lambda row: shortened(row.session_id),
            sort_key="session_id",
        ),
    )
    ordering = ("-created_at", "-pk")
    filterset_class = CheckoutFilters
    search_fields = ("id", "session_id", "user__email")
    search_hint = _("Checkout ID, session ID or email")
