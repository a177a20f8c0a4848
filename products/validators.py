"""What a page's price and quantities must be wherever it is saved: in the editor, by a revision
that goes live, by code.
"""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from money import InvalidAmount, check_chargeable, to_minor
from products.policy import MAX_QUANTITY


def validate_price(price: Decimal) -> None:
    """Raise ValidationError unless Stripe can charge this price, in the shop's currency."""
    try:
        check_chargeable(to_minor(price, settings.SHOP_CURRENCY), settings.SHOP_CURRENCY)
    except InvalidAmount as error:
        raise ValidationError(str(error), code="not_chargeable") from error


def check_quantities(page: Any) -> None:
    """Raise ValidationError if no quantity is both enough for the page and allowed."""
    if page.max_per_order is not None and page.max_per_order < page.smallest_quantity:
        text = _("This is less than the smallest quantity per order.")
        raise ValidationError({"max_per_order": text})
    if page.smallest_quantity > MAX_QUANTITY:
        text = _("Nobody can order more than %(most)s of a product.") % {"most": MAX_QUANTITY}
        raise ValidationError({"min_per_order": text})
