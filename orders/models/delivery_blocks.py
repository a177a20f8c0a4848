"""Delivery zones in the checkout settings: countries, and up to five rates for them."""

from decimal import Decimal
from typing import Any

from babel import Locale
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.stream_block import StreamBlockValidationError
from wagtail.blocks.struct_block import StructBlockValidationError

from money import InvalidAmount, check_chargeable, to_minor
from orders.models.country_checklist import CountryChecklist
from products.blocks import TextBlock
from text.locales import current_locale, for_sorting

MOST_RATES = 5  # docs.stripe.com/payments/during-payment/charge-shipping
# ISO codes that Checkout does not ship to, and codes that do not stand for a country
# (docs.stripe.com/api/checkout/sessions/create).
NOT_DELIVERABLE = frozenset(
    ["AS", "CC", "CU", "CX", "FM", "HM", "IR", "KP", "MH", "MP", "NF", "PW", "SY", "UM", "VI"]
)
NOT_COUNTRIES = frozenset(
    ["AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"]
)


def country_name(code: str) -> str:
    """A country's name in the current language; the code itself if it has none."""
    return str(current_locale().territories.get(code, code))


def country_choices() -> list[tuple[str, str]]:
    """The countries that Stripe can take delivery addresses in, sorted by name."""
    codes = {str(code) for code in Locale.parse("en").territories}
    countries = {code for code in codes if len(code) == 2 and code.isalpha()}
    countries -= NOT_DELIVERABLE | NOT_COUNTRIES
    named = ((code, country_name(code)) for code in countries)
    return sorted(named, key=lambda pair: for_sorting(pair[1]))


class PriceBlock(blocks.DecimalBlock):
    """An amount in the shop's currency; 0 is free."""

    def clean(self, value: Decimal | None) -> Decimal | None:
        """Raise ValidationError unless Stripe could charge this amount: with a promotion code, the
        delivery can be all that is paid, and a total with more could not be paid at all.
        """
        amount: Decimal | None = super().clean(value)
        if amount is not None:
            try:
                check_deliverable(amount, settings.SHOP_CURRENCY)
            except InvalidAmount as error:
                raise ValidationError(str(error)) from error
        return amount

    def deconstruct(self) -> Any:
        """In migrations, which do not validate, use Wagtail's block."""
        return ("wagtail.blocks.DecimalBlock", *super().deconstruct()[1:])


def check_deliverable(amount: Decimal, currency: str) -> None:
    """Raise InvalidAmount unless it is 0 or can be charged."""
    minor = to_minor(amount, currency)
    if minor:
        check_chargeable(minor, currency)


class RateBlock(blocks.StructBlock):
    """One way of delivery and its price."""

    name = TextBlock(
        max_length=100,
        label=_("Name"),
        help_text=_("Shown on the payment page, for example “Standard delivery”."),
    )
    price = PriceBlock(
        min_value=0, label=_("Price"), help_text=_("In the shop's currency. 0 is free.")
    )
    free_from = PriceBlock(
        label=_("Free from"),
        required=False,
        min_value=0,
        help_text=_(
            "Free if the products cost at least this much before discounts. Leave empty if it is"
            " never free."
        ),
    )
    min_days = blocks.IntegerBlock(
        required=False,
        min_value=1,
        max_value=90,
        label=_("Minimum working days"),
    )
    max_days = blocks.IntegerBlock(
        required=False, min_value=1, max_value=90, label=_("Maximum working days")
    )
    tax_behavior = blocks.ChoiceBlock(
        choices=[
            ("unspecified", _("As set in the Stripe Dashboard")),
            ("inclusive", _("The price includes tax")),
            ("exclusive", _("Tax is added to the price")),
        ],
        default="unspecified",
        label=_("Tax"),
        help_text=_("Matters only if Stripe calculates the tax."),
    )

    class Meta:
        icon = "tag"

    def clean(self, value: Any) -> Any:
        """Raise StructBlockValidationError if the delivery times are the wrong way round."""
        cleaned = super().clean(value)
        least, most = cleaned["min_days"], cleaned["max_days"]
        if least and most and least > most:
            error = ValidationError(_("This is less than the shortest time."))
            raise StructBlockValidationError(block_errors={"max_days": error})
        return cleaned


class ZoneBlock(blocks.StructBlock):
    """Countries with the same rates."""

    name = TextBlock(
        max_length=60,
        label=_("Name"),
        help_text=_("Shown in the basket if there is more than one zone."),
    )
    countries = blocks.MultipleChoiceBlock(
        label=_("Countries"),
        choices=country_choices,
        widget=CountryChecklist,
    )
    rates = blocks.ListBlock(RateBlock(), label=_("Rates"), min_num=1, max_num=MOST_RATES)

    class Meta:
        icon = "site"


class ZonesBlock(blocks.StreamBlock):
    """All zones; a country belongs to one of them."""

    zone = ZoneBlock(label=_("Delivery zone"))

    def clean(self, value: Any) -> Any:
        """Raise StreamBlockValidationError for a country in two zones."""
        cleaned = super().clean(value)
        taken: dict[str, str] = {}
        errors = {}
        for place, child in enumerate(cleaned):
            for code in child.value["countries"]:
                if code in taken:
                    text = _("%(country)s is already in the zone “%(zone)s”.")
                    values = {"country": country_name(code), "zone": taken[code]}
                    message = ValidationError(text % values)
                    errors[place] = StructBlockValidationError(block_errors={"countries": message})
                taken[code] = child.value["name"]
        if errors:
            raise StreamBlockValidationError(block_errors=errors)
        return cleaned
