"""Orders in the admin: a list, and a page per order.

There is no edit form; changes go through the actions below.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.utils import quote
from django.db.models import QuerySet
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import BulkActionsCheckboxColumn, Column, StatusTagColumn, TitleColumn
from wagtail.admin.widgets import Button, HeaderButton

from admin_base.columns import UNBROKEN, MomentColumn
from admin_base.read_only import ReadOnlyIndexView, ReadOnlyInspectView, ReadOnlyViewSet
from mail.models import Message
from money import amount_text
from orders.models import Order
from orders.models.order import OrderQuerySet
from orders.shipping.ship import can_be_replaced
from orders.viewsets.action import OrderActionView
from orders.viewsets.address import AddressView
from orders.viewsets.bulk import order_documents
from orders.viewsets.order_export import OrderExport
from orders.viewsets.order_filters import TASKS, OrderFilters
from orders.viewsets.order_state import (
    CancelView,
    EmailView,
    HoldView,
    NoteView,
    ReceiveView,
    ReleaseView,
    has_address,
)
from orders.viewsets.refund import RefundView
from orders.viewsets.ship import ReplaceView, ShipView, TrackingView, UndoView


@dataclass(frozen=True)
class Action:
    """An action on an order: its URL name, its view, and the orders that allow it."""

    name: str
    view: type[OrderActionView]
    suits: Callable[[Order], bool]


ACTIONS = (
    Action("ship", ShipView, lambda order: order.is_to_ship),
    Action("refund", RefundView, lambda order: order.is_refundable),
    Action("note", NoteView, lambda order: True),
    Action("write", EmailView, has_address),
    Action("hold", HoldView, lambda order: order.has_items_to_ship and not order.hold_reason),
    Action("release", ReleaseView, lambda order: bool(order.hold_reason)),
    Action("address", AddressView, lambda order: order.has_items_to_ship),
    Action("replace", ReplaceView, can_be_replaced),
    Action("receive", ReceiveView, lambda order: order.has_shipped),
    Action("cancel", CancelView, lambda order: order.has_items_to_ship),
)
SHIPMENT_ACTIONS: dict[str, type[OrderActionView]] = {"tracking": TrackingView, "undo": UndoView}


class OrderIndexView(OrderExport, ReadOnlyIndexView):
    """The list; the lines of all orders of a page are fetched in one query."""

    template_name = "orders/admin/orders.html"

    def get_base_queryset(self) -> QuerySet[Order]:
        return super().get_base_queryset().prefetch_related("lines")

    @cached_property
    def header_buttons(self) -> list[HeaderButton]:
        """The tasks, as links to the filtered list."""
        base = reverse("orders_admin:index")
        links = [(_("All"), base), *((label, f"{base}?task={task}") for task, label in TASKS)]
        return [
            HeaderButton(str(label), url=url, priority=position)
            for position, (label, url) in enumerate(links)
        ]

    @cached_property
    def header_more_buttons(self) -> list[Button]:
        """Add shipping from a file to the menu that Wagtail shows as three dots."""
        buttons: list[Button] = super().header_more_buttons
        if not self.request.user.has_perm(ShipView.permission):
            return buttons
        url = reverse("tracking_upload")
        return [*buttons, Button(str(_("Ship from a file")), url=url, icon_name="upload")]

    def search_queryset(self, queryset: OrderQuerySet) -> OrderQuerySet:
        """Search amounts and products as well as the columns of the order."""
        return queryset.matching(self.search_query) if self.is_searching else queryset


class OrderInspectView(ReadOnlyInspectView):
    """One order as it was sold."""

    template_name = "orders/admin/order.html"
    page_title = _("Order")

    def get_page_subtitle(self) -> str:
        return str(self.object.number)

    def get_object(self, queryset: QuerySet[Order] | None = None) -> Order:
        """The order with everything that its page shows."""
        order: Order = super().get_object(queryset)
        return Order.objects.for_staff().get(pk=order.pk)

    @property
    def actions(self) -> list[tuple[str, str]]:
        """Title and address of the actions that this user may take and that the order allows."""
        return [
            (
                str(action.view.page_title),
                reverse(f"orders_admin:{action.name}", args=[quote(self.object.pk)]),
            )
            for action in ACTIONS
            if self.request.user.has_perm(action.view.permission) and action.suits(self.object)
        ]

    @property
    def emails(self) -> QuerySet[Message]:
        """The emails about the order; none for users who may not see emails."""
        if not self.request.user.has_perm("mail.view_message"):
            return Message.objects.none()
        found = Message.objects.filter(thread=f"order:{self.object.pk}")
        return found.order_by("number").defer("text", "html", "data")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the order, and what this user may do and see. Stripe IDs are for those who work with
        payments.
        """
        return {
            **super().get_context_data(**kwargs),
            "order": self.object,
            "actions": self.actions,
            "documents": order_documents(self.object),
            "emails": self.emails,
            "may_ship": self.request.user.has_perm(ShipView.permission),
            "shows_stripe_ids": self.request.user.has_perm("orders.view_checkout"),
        }


class OrderViewSet(ReadOnlyViewSet):
    """Orders in the main menu."""

    model = Order
    name = "orders_admin"
    url_prefix = "orders"
    icon = "list-ul"
    menu_label = _("Orders")
    menu_order = 150
    add_to_admin_menu = True
    index_view_class = OrderIndexView
    inspect_view_class = OrderInspectView
    list_display = (
        BulkActionsCheckboxColumn("bulk_actions", obj_type="order"),
        TitleColumn(
            "number",
            label=_("Order"),
            sort_key="number",
            url_name="orders_admin:inspect",
            classname=UNBROKEN,
        ),
        MomentColumn("placed_at", label=_("Placed"), sort_key="placed_at", classname=UNBROKEN),
        Column("email", label=_("Email"), sort_key="email"),
        Column("summary", label=_("Products")),
        Column(
            "total",
            label=_("Total"),
            accessor=lambda order: amount_text(order.total, order.currency),
            sort_key="total",
        ),
        StatusTagColumn("status_text", label=_("Status"), primary=lambda order: order.is_to_ship),
        Column("mode", label=_("Stripe mode")),
    )
    filterset_class = OrderFilters

    def get_urlpatterns(self) -> list[URLPattern]:
        base = f"<{self.pk_path_converter}:pk>"
        views: dict[str, type[OrderActionView]] = {each.name: each.view for each in ACTIONS}
        views |= SHIPMENT_ACTIONS
        actions = [
            path(f"{base}/{name}/", view.as_view(), name=name) for name, view in views.items()
        ]
        return [*super().get_urlpatterns(), *actions]

    search_fields = ("number",)  # switches the search on; see OrderQuerySet.matching
    search_hint = _(
        "Order number, email, name, phone, product, tracking number, amount or Stripe ID"
    )
