"""Orders in Wagtail's admin: a list and a page per order, for those who may view them; nobody may
change one there.
"""

from typing import Any

import django_filters
from django.db.models import QuerySet
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, StatusTagColumn, TitleColumn
from wagtail.admin.views.generic import InspectView

from admin_base.read_only import ReadOnlyIndexView, ReadOnlyViewSet
from money import amount_text
from orders.models import Order


class OrderFilters(WagtailFilterSet):
    """By day and by what became of the goods."""

    placed_at = django_filters.DateFromToRangeFilter(label="Placed", widget=DateRangePickerWidget)

    class Meta:
        model = Order
        fields = ["placed_at", "fulfilment_status"]


class OrderIndexView(ReadOnlyIndexView):
    """The list; its lines are fetched in one query for all orders of a page."""

    def get_base_queryset(self) -> QuerySet[Order]:
        """Orders with their lines."""
        return super().get_base_queryset().prefetch_related("lines")


class OrderInspectView(InspectView):
    """One order as it was sold."""

    template_name = "orders/admin/order.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add `order`."""
        return {**super().get_context_data(**kwargs), "order": self.object}


class OrderViewSet(ReadOnlyViewSet):
    """List and read."""

    model = Order
    name = "orders_admin"
    url_prefix = "orders"
    icon = "list-ul"
    menu_label = "Orders"
    menu_order = 150
    add_to_admin_menu = True
    index_view_class = OrderIndexView
    inspect_view_class = OrderInspectView
    list_display = (
        TitleColumn("number", label="Order", sort_key="number", url_name="orders_admin:inspect"),
        DateColumn("placed_at", label="Placed", sort_key="placed_at"),
        Column("email", label="Shopper", sort_key="email"),
        Column("summary", label="What"),
        Column(
            "total", label="Total", accessor=lambda order: amount_text(order.total, order.currency)
        ),
        StatusTagColumn("status_text", label="Status", primary=lambda order: order.is_to_ship),
        Column("mode", label="Mode", accessor=lambda order: "live" if order.livemode else "test"),
    )
    filterset_class = OrderFilters
    search_fields = ("number", "email", "name", "session_id", "payment_intent")
