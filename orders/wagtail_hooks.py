"""Adds orders and payments to Wagtail's admin."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component
from wagtail.admin.viewsets.base import ViewSetGroup
from wagtail.log_actions import LogActionRegistry
from wagtail.permissions import register_permission_policy

from admin_base.read_only import ReadOnlyPolicy
from orders.models import (
    Checkout,
    CheckoutSettings,
    Customer,
    Order,
    Reconciliation,
    StripeEvent,
)
from orders.viewsets import (
    address,
    bulk,
    order_state,
    page_deletion,
    refund,
    sales,
    ship,
    tracking_upload,
)
from orders.viewsets.checkout_settings import CheckoutSettingsForm
from orders.viewsets.checkouts import CheckoutViewSet
from orders.viewsets.customers import ERASE, EXPORT, CustomerViewSet
from orders.viewsets.events import REPLAY, EventViewSet
from orders.viewsets.orders import OrderViewSet
from orders.viewsets.reconciliations import ReconciliationViewSet
from orders.viewsets.sales_plot import sales_plot
from orders.viewsets.stock import LOG_ACTION as STOCK_CHANGE
from orders.viewsets.stock import StockViewSet

# Before the viewsets are created: the first query for a policy would register Wagtail's own, which
# lets superusers edit.
for model in (Checkout, Customer, Order, Reconciliation):
    register_permission_policy(model, ReadOnlyPolicy(model), exact_class=True)
register_permission_policy(
    StripeEvent, ReadOnlyPolicy(StripeEvent, changeable=True), exact_class=True
)


# Here, because models must not import the flows.
CheckoutSettings.base_form_class = CheckoutSettingsForm


# In English, the past is the same as the present.
PUT_ON_HOLD = pgettext_lazy("what was done", "Put an order on hold")


class PaymentsGroup(ViewSetGroup):
    """What led to the orders, for staff who look into a payment."""

    menu_label = _("Payments")
    menu_icon = "key"
    menu_order = 155
    items = (CheckoutViewSet, EventViewSet, ReconciliationViewSet)


for bulk_action in bulk.ACTIONS:
    hooks.register("register_bulk_action", bulk_action)


@hooks.register("register_admin_viewset")
def register_orders() -> list[Any]:
    """Add "Orders", "Customers", "Stock" and "Payments" to the menu and the URLs of the admin."""
    return [OrderViewSet(), CustomerViewSet(), StockViewSet(), PaymentsGroup()]


@hooks.register("register_log_actions")
def name_actions(actions: LogActionRegistry) -> None:
    """Label what staff did, for Wagtail's site history."""
    for name, present, past in (
        (refund.LOG_ACTION, _("Refund an order"), _("Refunded an order")),
        (ship.SHIP, _("Ship an order"), _("Shipped an order")),
        (ship.REPLACE, _("Send a replacement"), _("Sent a replacement")),
        (ship.UNDO, _("Undo a shipment"), _("Undid a shipment")),
        (ship.TRACKING, _("Correct the tracking"), _("Corrected the tracking")),
        (order_state.CANCEL, _("Cancel an order"), _("Cancelled an order")),
        (address.ADDRESS, _("Change an address"), _("Changed an address")),
        (order_state.HOLD, _("Put an order on hold"), PUT_ON_HOLD),
        (order_state.RELEASE, _("Release an order"), _("Released an order")),
        (order_state.RECEIVE, _("Record a return"), _("Recorded a return")),
        (EXPORT, _("Export a customer's data"), _("Exported a customer's data")),
        (ERASE, _("Erase a customer's data"), _("Erased a customer's data")),
        (STOCK_CHANGE, _("Change the stock"), _("Changed the stock")),
        (order_state.EMAIL, _("Write to the shopper"), _("Wrote to the shopper")),
        (order_state.NOTE, _("Add a note"), _("Added a note")),
    ):
        actions.register_action(name, present, past)
    actions.register_action(REPLAY, _("Process an event again"), _("Processed an event again"))


class SalesMenuItem(MenuItem):
    """The menu item of the sales report, for users who may see orders."""

    def is_shown(self, request: HttpRequest) -> bool:
        return sales.may_see(request.user)


@hooks.register("register_admin_urls")
def register_urls() -> list[URLPattern]:
    """Add the sales report and its chart, and shipping from a file."""
    upload = tracking_upload.TrackingUpload.as_view()
    return [
        path("reports/sales/", sales.SalesReport.as_view(), name="sales"),
        path("reports/sales/plot.svg", sales_plot, name="sales_plot"),
        path("ship-by-file/", upload, name="tracking_upload"),
    ]


@hooks.register("register_reports_menu_item")
def register_menu_item() -> MenuItem:
    """Add "Sales" to the reports."""
    return SalesMenuItem(_("Sales"), reverse("sales"), name="sales", icon_name="history", order=10)


@hooks.register("construct_homepage_panels")
def add_sales_panel(request: HttpRequest, panels: list[Component]) -> None:
    """Add the panel for users who may see orders."""
    if sales.may_see(request.user):
        panels.append(sales.SalesPanel())


@hooks.register("insert_global_admin_css")
def style_dashboard() -> SafeString:
    """Add the style of the sales panel."""
    return format_html('<link rel="stylesheet" href="{}">', static("orders/dashboard.css"))


@hooks.register("insert_global_admin_css")
def print_content_only() -> SafeString:
    """Leave the menu and the buttons out when somebody prints an order."""
    address = static("orders/print.css")
    return format_html('<link rel="stylesheet" media="print" href="{}">', address)


hooks.register("before_delete_page", page_deletion.warn)
