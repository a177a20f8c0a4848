"""What a page's price must be wherever it is saved: in the editor, by a revision that goes live, by
code.
"""

from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError

from money import InvalidAmount, check_chargeable, to_minor


def validate_price(price: Decimal) -> None:
    """Raise ValidationError unless Stripe can charge this price, in the shop's currency."""
    try:
        check_chargeable(to_minor(price, settings.SHOP_CURRENCY), settings.SHOP_CURRENCY)
    except InvalidAmount as error:
        raise ValidationError(str(error), code="not_chargeable") from error
