"""The editor's form for a product page."""

from collections.abc import Iterator
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
        label=gettext_lazy(
            "Yes, this price is right, although it differs by more than half from the present one"
        ),
        required=False,
        widget=forms.HiddenInput,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("price", "sale_price"):
            if self.initial.get(name) is not None:
                self.initial[name] = _as_written(self.initial[name])

    def clean(self) -> dict[str, Any]:
        """Ask for the confirmation: the tick box appears with the error."""
        cleaned: dict[str, Any] = super().clean() or {}
        if "action-publish" in self.data and not cleaned.get("confirm_price"):
            for name, old in self.prices_to_confirm(cleaned):
                self.fields["confirm_price"].widget = forms.CheckboxInput()
                text = _("The price is %(old)s now. Tick the box below if %(new)s is right.")
                self.add_error(name, text % {"old": written(old), "new": written(cleaned[name])})
        return cleaned

    def prices_to_confirm(self, cleaned: dict[str, Any]) -> Iterator[tuple[str, Decimal]]:
        """The fields with a price that differs by more than half from the live one, and that one.
        The price of a sale that is live already is not asked about again.
        """
        live = type(self.instance).objects.filter(pk=self.instance.pk, live=True).first()
        price, sale_price = cleaned.get("price"), cleaned.get("sale_price")
        if live is None or not live.price:
            return
        if price is not None and abs(price - live.price) * 2 > live.price:
            yield "price", live.price
        if sale_price is not None and sale_price != live.sale_price and sale_price * 2 < live.price:
            yield "sale_price", live.price


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
