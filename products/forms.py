"""The editor's form for a product page."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from wagtail.admin.forms import WagtailAdminPageForm

from money import InvalidAmount, from_minor, to_minor


class ProductPageForm(WagtailAdminPageForm):
    """Shows the price with the currency's own decimals; the column keeps three, since some
    currencies have them.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        price: Decimal | None = self.initial.get("price")
        if price is not None:
            self.initial["price"] = _as_written(price)


def _as_written(price: Decimal) -> Decimal:
    """499.500 as 499.50 in inr; unchanged if it has more decimals than the currency."""
    try:
        return from_minor(to_minor(price, settings.SHOP_CURRENCY), settings.SHOP_CURRENCY)
    except InvalidAmount:
        return price
