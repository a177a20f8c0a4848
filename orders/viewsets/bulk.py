"""Actions on several orders of the list: ship them, and print their documents.

Wagtail's framework ("Bulk actions" in its documentation of hooks), with three differences: "select
all" means the filtered list, which is rebuilt here; orders that
cannot be shipped are listed, and the others are shipped anyway; and what somebody confirms is what
was shown.
"""

import hashlib
from typing import Any, cast
from uuid import uuid4, uuid5

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail.admin import messages
from wagtail.admin.views.bulk_action import BulkAction

from orders.models import Order
from orders.models.order import OrderQuerySet
from orders.shipping.ship import Parcel
from orders.viewsets.order_filters import OrderFilters
from orders.viewsets.ship import PERMISSION, ship_what_is_there
from users.models import User

MOST = 500  # orders at once: they are changed in one transaction


def listed(query: QueryDict) -> OrderQuerySet:
    """The orders that the list shows with these filters and this search; none for an
    invalid filter, which must not select everything.
    """
    filters = OrderFilters(query, queryset=Order.objects.all())
    if not filters.is_valid():
        return Order.objects.none()
    orders: OrderQuerySet = filters.qs
    text = query.get("q", "").strip()
    return orders.matching(text) if text else orders


class OrderBulkAction(BulkAction):
    """What the actions share. Subclasses name the permission that they need."""

    models = [Order]
    permission: str

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Raises PermissionDenied for users who lack the permission."""
        if not request.user.has_perms(["orders.view_order", self.permission]):
            raise PermissionDenied
        response: HttpResponse = super().dispatch(request, *args, **kwargs)
        return response

    @classmethod
    def get_queryset(cls, model: type[Order], object_ids: Any) -> list[Order]:
        """The chosen orders, newest first; invalid ids are left out."""
        keys = [key for key in object_ids if str(key).isdecimal() and len(str(key)) < 19]
        chosen = Order.objects.filter(pk__in=keys).prefetch_related(
            "lines__shipment_lines__shipment", "lines__refund_lines__refund", "addresses", "notes"
        )
        return list(chosen[:MOST])

    def get_all_objects_in_listing_query(self, parent_id: Any) -> Any:
        """All orders of the filtered list."""
        return listed(self.request.GET).values_list("pk", flat=True)[:MOST]


class ShipManyForm(forms.Form):
    """The carrier of all of them, and which orders were shown."""

    carrier = forms.CharField(
        label=gettext_lazy("Carrier"),
        required=False,
        max_length=60,
        help_text=gettext_lazy("Tracking numbers can be added on the page of each order."),
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, shown: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.shown = self.fields["seen"].initial = shown

    def clean_seen(self) -> str:
        """Refuse if the list has changed since it was shown."""
        seen: str = self.cleaned_data["seen"]
        if seen != self.shown:
            raise forms.ValidationError(
                _("The list has changed since you opened it. Check it again.")
            )
        return seen


class ShipMany(OrderBulkAction):
    """Ship everything that is in stock of several orders."""

    display_name = gettext_lazy("Ship")
    action_type = "ship"
    aria_label = gettext_lazy("Ship the chosen orders")
    template_name = "orders/admin/ship_many.html"
    action_priority = 10
    permission = PERMISSION
    form_class = ShipManyForm

    def check_perm(self, order: Order) -> bool:
        """Whether something of the order can be shipped; the other orders are listed."""
        return order.is_to_ship and any(line.in_stock_to_ship for line in order.lines.all())

    def get_form_kwargs(self) -> dict[str, Any]:
        """The form, and a fingerprint of what is shown."""
        orders, _others = self.get_actionable_objects()
        keys = " ".join(str(order.pk) for order in orders)
        return {**super().get_form_kwargs(), "shown": hashlib.sha256(keys.encode()).hexdigest()}

    def execute_action(self, orders: list[Order], **kwargs: Any) -> tuple[int, int]:
        """Ship one order after the other, and list those that failed."""
        sent = self.cleaned_form.cleaned_data
        parcel, user = Parcel(sent["carrier"]), cast(User, self.request.user)
        reasons = [
            # The key of each order follows from the form's, so that a second click ships nothing.
            ship_what_is_there(order, parcel, key=uuid5(sent["key"], str(order.pk)), by=user)
            for order in orders
        ]
        if failed := [reason for reason in reasons if reason]:
            text = _("Not shipped: %(orders)s") % {"orders": " ".join(failed)}
            messages.error(self.request, text)
        return len(orders) - len(failed), 0

    def get_success_message(self, count: int, children: int) -> str | None:
        if not count:
            return None
        text = ngettext("%(count)s order shipped.", "%(count)s orders shipped.", count)
        return text % {"count": count}


class Print(OrderBulkAction):
    """A page of documents, which the browser prints. Nothing is changed."""

    permission = "orders.view_order"
    document: str

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the documents of the chosen orders."""
        orders, _others = self.get_actionable_objects()
        return render_documents(request, orders, self.document)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.get(request)


class PrintSlips(Print):
    """A packing slip for each order."""

    display_name = gettext_lazy("Packing slips")
    action_type = "slips"
    aria_label = gettext_lazy("Print the packing slips of the chosen orders")
    action_priority = 20
    document = "slip"


class PrintReceipts(Print):
    """An order receipt for each order."""

    display_name = gettext_lazy("Receipts")
    action_type = "receipts"
    aria_label = gettext_lazy("Print the receipts of the chosen orders")
    action_priority = 30
    document = "receipt"


class PrintPickList(Print):
    """One list of the items to take from the shelves for all orders."""

    display_name = gettext_lazy("Pick list")
    action_type = "pick-list"
    aria_label = gettext_lazy("Print the pick list of the chosen orders")
    action_priority = 40
    document = "pick-list"


ACTIONS = (ShipMany, PrintSlips, PrintReceipts, PrintPickList)
DOCUMENTS_OF_ONE = (PrintSlips, PrintReceipts)


def order_documents(order: Order) -> list[tuple[str, str]]:
    """Titles and addresses of the documents of one order."""
    return [
        (
            str(action.display_name),
            reverse("wagtail_bulk_action", args=["orders", "order", action.action_type])
            + f"?id={order.pk}",
        )
        for action in DOCUMENTS_OF_ONE
    ]


def render_documents(request: HttpRequest, orders: list[Order], kind: str) -> HttpResponse:
    """Render slips, receipts or the pick list."""
    return render(
        request, f"orders/admin/documents/{kind}.html", {"orders": orders, "items": to_pick(orders)}
    )


def to_pick(orders: list[Order]) -> list[tuple[str, int, list[str]]]:
    """Products, how many of them are to be shipped, and for which orders."""
    counts: dict[str, int] = {}
    numbers: dict[str, list[str]] = {}
    for order in orders:
        for line in order.lines.all():
            if order.is_to_ship and line.to_ship:
                counts[line.name] = counts.get(line.name, 0) + line.to_ship
                numbers.setdefault(line.name, []).append(f"{line.to_ship} × {order.number}")
    return [(name, counts[name], numbers[name]) for name in sorted(counts)]
