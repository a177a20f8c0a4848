"""Where the shop delivers and what it costs: the zones of the settings, or the default."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from babel import Locale
from django.conf import settings
from django.utils.translation import gettext as _

from money import to_minor
from orders.models import CheckoutSettings
from orders.models.delivery_blocks import country_name

DEFAULT = "default"  # the key of the zone of a shop without zones


@dataclass(frozen=True)
class Rate:
    """One way of delivery. Amounts are in minor units of the shop's currency.

    `free_from` is compared with the price of the products before discounts; None: never free.
    """

    name: str
    amount: int
    free_from: int | None = None
    min_days: int | None = None
    max_days: int | None = None
    tax_behavior: str = "unspecified"

    def amount_for(self, subtotal: int) -> int:
        """The cost of delivery for products of this price."""
        is_free = self.free_from is not None and subtotal >= self.free_from
        return 0 if is_free else self.amount

    def option(self, subtotal: int) -> dict[str, Any]:
        """Stripe's parameter (docs.stripe.com/payments/during-payment/charge-shipping)."""
        data: dict[str, Any] = {
            "display_name": self.name,
            "type": "fixed_amount",
            "fixed_amount": {
                "amount": self.amount_for(subtotal),
                "currency": settings.SHOP_CURRENCY,
            },
            "tax_behavior": self.tax_behavior,
        }
        days = {"minimum": self.min_days, "maximum": self.max_days}
        estimate = {
            name: {"unit": "business_day", "value": value} for name, value in days.items() if value
        }
        if estimate:
            data["delivery_estimate"] = estimate
        return {"shipping_rate_data": data}


@dataclass(frozen=True)
class Zone:
    """Countries (two-letter codes) with the same rates."""

    key: str
    name: str
    countries: tuple[str, ...]
    rates: tuple[Rate, ...]


def zones_of(chosen: CheckoutSettings) -> list[Zone]:
    """The zones in the order of the settings; at least one."""
    found = [
        Zone(
            key=str(child.id),
            name=child.value["name"],
            countries=tuple(sorted(child.value["countries"])),
            rates=tuple(rate_of(rate) for rate in child.value["rates"]),
        )
        for child in chosen.zones
    ]
    return found or [default_zone()]


def default_zone() -> Zone:
    """The shop's own country, for free."""
    country = Locale.parse(settings.SHOP_LOCALE).territory or "US"
    rate = Rate(_("Standard delivery"), 0)
    return Zone(DEFAULT, country_name(country), (country,), (rate,))


def rate_of(value: Any) -> Rate:
    """A rate of the settings."""
    free_from = value["free_from"]
    return Rate(
        name=value["name"],
        amount=minor(value["price"]),
        free_from=None if free_from is None else minor(free_from),
        min_days=value["min_days"],
        max_days=value["max_days"],
        tax_behavior=value["tax_behavior"],
    )


def minor(amount: Decimal) -> int:
    """An amount of the settings in minor units."""
    return to_minor(amount, settings.SHOP_CURRENCY)
