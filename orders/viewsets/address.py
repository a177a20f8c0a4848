"""Change the delivery address of an order."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.models import Order, OrderAddress
from orders.models.delivery_blocks import country_choices
from orders.shipping.address import PARTS, change_address
from orders.viewsets.action import OrderActionView
from text.validation import validate_visible

ADDRESS = "orders.change_address"


def part(label: Any, *, required: bool = False) -> forms.CharField:
    """A field for a part of the address."""
    validators = [validate_visible] if required else []
    return forms.CharField(label=label, required=required, max_length=255, validators=validators)


class AddressForm(forms.Form):
    """The parts of an address, and which address was shown."""

    name = part(gettext_lazy("Name"), required=True)
    line1 = part(gettext_lazy("House number and street"), required=True)
    line2 = part(gettext_lazy("Flat, floor or building"))
    postal_code = part(gettext_lazy("Postal code"))
    city = part(gettext_lazy("Town"))
    state = part(gettext_lazy("State or province"))
    country = forms.ChoiceField(label=gettext_lazy("Country"), choices=country_choices)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, order: Order) -> None:
        super().__init__(data)
        if newest := order.address:
            self.initial = {name: getattr(newest, name) for name in PARTS} | {"seen": newest.pk}

    @property
    def parts(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in PARTS}


class AddressView(OrderActionView):
    """The form with the present address, the confirmation, and the change."""

    page_title = gettext_lazy("Change the address")
    header_icon = "site"
    permission = "orders.add_shipment"
    log_action = ADDRESS
    form_class = AddressForm
    submit_label = gettext_lazy("Change the address")

    def describe(self, form: AddressForm) -> list[str]:
        lines = ", ".join(OrderAddress(**form.parts).lines)
        return [
            _("It will be sent to: %(address)s.") % {"address": lines},
            _("The shopper does not get an email about this."),
        ]

    def perform(self, form: AddressForm) -> dict[str, Any] | None:
        seen = form.cleaned_data["seen"]
        is_new = change_address(self.order, form.parts, seen=seen, by=self.staff)
        self.success(_("The address was changed."))
        return {} if is_new else None
