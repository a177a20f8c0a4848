"""Ship an order, send a replacement, correct the tracking number, or undo a shipment."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.log_actions import log

from orders.errors import ActionNotAllowed
from orders.models import Order, OrderLine, Shipment
from orders.shipping.ship import (
    Parcel,
    check_can_replace,
    check_can_ship,
    check_can_undo,
    correct_parcel,
    send_replacement,
    ship,
    undo,
)
from orders.viewsets.action import OrderActionView
from orders.viewsets.quantities_form import QuantitiesForm
from users.models import User

PERMISSION = "orders.add_shipment"
SHIP, REPLACE, UNDO, TRACKING = (
    "orders.ship",
    "orders.replace",
    "orders.undo_shipment",
    "orders.correct_tracking",
)


class ParcelForm(forms.Form):
    """Carrier and tracking of a parcel."""

    carrier = forms.CharField(label=gettext_lazy("Carrier"), required=False, max_length=60)
    tracking_number = forms.CharField(
        label=gettext_lazy("Tracking number"), required=False, max_length=100
    )
    tracking_url = forms.URLField(
        label=gettext_lazy("Tracking link"),
        required=False,
        max_length=500,
        assume_scheme="https",
        help_text=gettext_lazy("Shoppers can track the parcel at this link."),
    )

    def clean_tracking_url(self) -> str:
        """Refuse links that a browser should not open from one of our pages."""
        url: str = self.cleaned_data["tracking_url"]
        if url and not url.startswith(("http://", "https://")):
            raise forms.ValidationError(_("Enter an address that begins with https://."))
        return url

    @property
    def parcel(self) -> Parcel:
        sent = self.cleaned_data
        return Parcel(sent["carrier"], sent["tracking_number"], sent["tracking_url"])


class ShipForm(QuantitiesForm, ParcelForm):
    """How many items to ship; by default, all that can be shipped now."""

    have_now = forms.BooleanField(
        label=gettext_lazy("I have the items that were not in stock"), required=False
    )
    field_order = ("carrier", "tracking_number", "tracking_url", "have_now")

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:
        super().__init__(*args, order=order, **kwargs)
        if not any(line.to_ship > line.in_stock_to_ship for line in self.lines):
            del self.fields["have_now"]

    def most(self, line: OrderLine) -> int:
        """All items that have not been shipped."""
        return line.to_ship

    def suggested(self, line: OrderLine) -> int:
        """The items that were in stock."""
        return line.in_stock_to_ship


class ReplacementForm(QuantitiesForm, ParcelForm):
    """How many items to send again, and why."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=255, help_text=gettext_lazy("For staff.")
    )
    have_now = forms.BooleanField(
        label=gettext_lazy("Send them even if there are not enough in stock"), required=False
    )

    def most(self, line: OrderLine) -> int:
        """As many as were shipped."""
        return line.shipped

    def clean(self) -> dict[str, Any]:
        """Say why there is nothing to enter."""
        try:
            check_can_replace(self.order)
        except ActionNotAllowed as error:
            raise forms.ValidationError(str(error)) from None
        return super().clean()


class ShipView(OrderActionView):
    """The form, the confirmation, and the shipment."""

    page_title = gettext_lazy("Ship")
    header_icon = "check"
    permission = PERMISSION
    log_action = SHIP
    form_class = ShipForm
    submit_label = gettext_lazy("Ship")

    def describe(self, form: ShipForm) -> list[str]:
        check_can_ship(self.order)
        return [*form.sentences(), *parcel_sentences(form.parcel)]

    def perform(self, form: ShipForm) -> dict[str, Any] | None:
        shipment, is_new = ship(
            self.order,
            form.quantities,
            form.parcel,
            key=form.cleaned_data["key"],
            by=self.staff,
            have_now=form.cleaned_data.get("have_now", False),
        )
        self.success(_("Shipped: %(goods)s.") % {"goods": shipment.summary})
        return {"shipment": str(shipment.pk)} if is_new else None


class ReplaceView(OrderActionView):
    """The form, the confirmation, and the replacement."""

    page_title = gettext_lazy("Send a replacement")
    header_icon = "resubmit"
    permission = PERMISSION
    log_action = REPLACE
    form_class = ReplacementForm
    submit_label = gettext_lazy("Send the replacement")

    def describe(self, form: ReplacementForm) -> list[str]:
        return [
            *form.sentences(),
            _("The shopper pays nothing for this, and the items will be taken from stock."),
            *parcel_sentences(form.parcel),
        ]

    def perform(self, form: ReplacementForm) -> dict[str, Any] | None:
        shipment, is_new = send_replacement(
            self.order,
            form.quantities,
            form.parcel,
            key=form.cleaned_data["key"],
            by=self.staff,
            reason=form.cleaned_data["reason"],
            have_now=form.cleaned_data["have_now"],
        )
        self.success(_("Replacement shipped: %(goods)s.") % {"goods": shipment.summary})
        return {"shipment": str(shipment.pk)} if is_new else None


class ShipmentForm(forms.Form):
    """Which shipment an action is about."""

    shipment = forms.UUIDField(widget=forms.HiddenInput)
    tell_shopper = forms.BooleanField(
        label=gettext_lazy("Send the shopper a correction"),
        required=False,
        help_text=gettext_lazy(
            "The correction is sent only if the shopper has already had the email about this"
            " shipment."
        ),
    )

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order = order

    @property
    def found(self) -> Shipment:
        """The shipment of this order; 404 for any other."""
        return get_object_or_404(self.order.shipments, pk=self.cleaned_data["shipment"])


class TrackingForm(ShipmentForm, ParcelForm):
    """The corrected carrier and tracking number."""

    field_order = ("carrier", "tracking_number", "tracking_url", "tell_shopper")


class ShipmentActionView(OrderActionView):
    """An action on one shipment, which its address names as `?shipment=`."""

    permission = PERMISSION

    def form(self, data: Any = None) -> forms.Form:
        """The form with what is known about the shipment."""
        if data is not None:
            return super().form(data)
        try:
            pk = UUID(self.request.GET.get("shipment", ""))
        except ValueError:
            raise Http404 from None
        shipment = get_object_or_404(self.order.shipments, pk=pk)
        initial = {
            "shipment": shipment.pk,
            "tell_shopper": True,
            "carrier": shipment.carrier,
            "tracking_number": shipment.tracking_number,
            "tracking_url": shipment.tracking_url,
        }
        return self.form_class(None, order=self.order, initial=initial)  # type: ignore[call-arg]


class TrackingView(ShipmentActionView):
    """Correct the carrier or the tracking number."""

    page_title = gettext_lazy("Correct the tracking")
    header_icon = "edit"
    log_action = TRACKING
    form_class = TrackingForm
    submit_label = gettext_lazy("Save")

    def describe(self, form: TrackingForm) -> list[str]:
        goods = _("Shipment of %(goods)s") % {"goods": form.found.summary}
        return [goods, *parcel_sentences(form.parcel)]

    def perform(self, form: TrackingForm) -> dict[str, Any]:
        shipment = correct_parcel(
            form.found,
            form.parcel,
            by=self.staff,
            tell_shopper=form.cleaned_data["tell_shopper"],
        )
        self.success(_("The tracking was corrected."))
        return {"shipment": str(shipment.pk)}


class UndoView(ShipmentActionView):
    """Undo a shipment that was entered by mistake."""

    page_title = gettext_lazy("Undo a shipment")
    header_icon = "history"
    log_action = UNDO
    form_class = ShipmentForm
    submit_label = gettext_lazy("Undo")

    def describe(self, form: ShipmentForm) -> list[str]:
        check_can_undo(form.found)
        goods = form.found.summary
        return [_("These items will count as not yet shipped: %(goods)s.") % {"goods": goods}]

    def perform(self, form: ShipmentForm) -> dict[str, Any]:
        undo(form.found, by=self.staff, tell_shopper=form.cleaned_data["tell_shopper"])
        self.success(_("The shipment was undone."))
        return {"shipment": str(form.found.pk)}


def parcel_sentences(parcel: Parcel) -> list[str]:
    """Carrier and tracking, one line each."""
    labels = [
        (_("Carrier"), parcel.carrier),
        (_("Tracking number"), parcel.tracking_number),
        (_("Tracking link"), parcel.tracking_url),
    ]
    return [f"{label}: {text}" for label, text in labels if text]


def ship_what_is_there(order: Order, parcel: Parcel, *, key: UUID, by: User) -> str:
    """Ship all items of an order that are in stock, as one of several orders, and log it.

    Returns its number and the reason if it could not be shipped, else an empty text.
    """
    in_stock = {line.pk: line.in_stock_to_ship for line in order.lines.all()}
    wanted = {pk: count for pk, count in in_stock.items() if count}
    try:
        shipment, is_new = ship(order, wanted, parcel, key=key, by=by)
    except ActionNotAllowed as error:
        return f"{order.number} ({error})"
    if is_new:
        log(order, SHIP, user=by, data={"shipment": str(shipment.pk)})
    return ""
