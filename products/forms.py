"""The editor's form for a product page."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from wagtail.admin.forms import WagtailAdminPageForm

from money import InvalidAmount, check_chargeable, to_minor


class ProductPageForm(WagtailAdminPageForm):
    """Refuses a price that Stripe could not charge, beside the field, before anything is saved."""

    def clean_price(self) -> Decimal | None:
        """Return the price, which may be missing in a draft."""
        price: Decimal | None = self.cleaned_data["price"]
        if price is not None:
            try:
                check_chargeable(to_minor(price, settings.SHOP_CURRENCY), settings.SHOP_CURRENCY)
            except InvalidAmount as error:
                self.add_error("price", str(error))
        return price

    def clean(self) -> dict[str, Any]:
        """Ask for a price before the page goes live."""
        cleaned: dict[str, Any] = super().clean()
        missing = "price" in self.fields and "price" not in self.errors and cleaned.get("price") is None
        if missing and not self.is_deferred_validation:
            self.add_error("price", "A product needs a price before it is published.")
        return cleaned
