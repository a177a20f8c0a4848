"""The sale of a product page: which prices it may have, and what the database makes of them."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Case, F, Q, When
from django.utils.translation import gettext as _

from money import InvalidAmount, to_minor


def chargeable(price: Decimal | None, currency: str) -> int:
    """A price in minor units; 0 if it cannot be charged.

    A draft may have no price, and one that was saved without validation must not break lists of
    pages.
    """
    try:
        return to_minor(price or Decimal(0), currency)
    except InvalidAmount:
        return 0


def check_sale(page: Any) -> None:
    """Raise ValidationError for a sale that costs more than the price, or ends before it starts."""
    errors = {}
    if page.sale_price is None:
        if page.sale_from or page.sale_until:
            errors["sale_price"] = _("Enter the sale price, or remove the dates.")
    elif page.price is not None and page.sale_price >= page.price:
        errors["sale_price"] = _("The sale price must be lower than the price.")
    if page.sale_from and page.sale_until and page.sale_until <= page.sale_from:
        errors["sale_until"] = _("The sale must end after it starts.")
    if errors:
        raise ValidationError(errors)


def sale_price_at(moment: datetime) -> Case:
    """The price at a moment in SQL: the same as `ProductPage.amount_at`, in major units."""
    is_begun = Q(sale_from=None) | Q(sale_from__lte=moment)
    is_not_over = Q(sale_until=None) | Q(sale_until__gt=moment)
    is_on_sale = is_begun & is_not_over & Q(sale_price__gt=0, sale_price__lt=F("price"))
    return Case(When(is_on_sale, then="sale_price"), default="price")
