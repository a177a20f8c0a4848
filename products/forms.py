"""The editor's form for a product page."""

from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.forms import WagtailAdminPageForm

from money import InvalidAmount, amount_text, from_minor, to_minor


class ProductPageForm(WagtailAdminPageForm):
    """Shows the price with the currency's own decimals; the column keeps three, since some
    currencies have them. Publishing a price that changes by more than half has to be confirmed.
    """

    confirm_price = forms.BooleanField(
        label=gettext_lazy("This price is right, although it changes by more than half"),
        required=False,
        widget=forms.HiddenInput,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        price: Decimal | None = self.initial.get("price")
        if price is not None:
            self.initial["price"] = _as_written(price)

    def clean(self) -> dict[str, Any]:
        """Ask for the confirmation: the tick box appears with the error."""
        cleaned: dict[str, Any] = super().clean() or {}
        price, live = cleaned.get("price"), self.live_price()
        if "action-publish" not in self.data or price is None or not live:
            return cleaned
        if abs(price - live) * 2 > live and not cleaned.get("confirm_price"):
            self.fields["confirm_price"].widget = forms.CheckboxInput()
            text = _("Shoppers pay %(old)s now. Tick the box below if %(new)s is right.")
            amounts = {name: written(value) for name, value in (("old", live), ("new", price))}
            self.add_error("price", text % amounts)
        return cleaned

    def live_price(self) -> Decimal | None:
        """What shoppers pay now; None if the page is not on the site."""
        live = type(self.instance).objects.filter(pk=self.instance.pk, live=True)
        found: Decimal | None = live.values_list("price", flat=True).first()
        return found


def written(price: Decimal) -> str:
    """A price as the shop writes it; the bare number if it cannot be charged."""
    try:
        return amount_text(to_minor(price, settings.SHOP_CURRENCY), settings.SHOP_CURRENCY)
    except InvalidAmount:
        return str(price)


def _as_written(price: Decimal) -> Decimal:
    """499.500 as 499.50 in inr; unchanged if it has more decimals than the currency."""
    try:
        return from_minor(to_minor(price, settings.SHOP_CURRENCY), settings.SHOP_CURRENCY)
    except InvalidAmount:
        return price
