"""What a shopper has chosen, compared with what the pages say now.

Nothing that a visitor can type raises an exception here: the message is on its line, or in
`problem`.
"""

import hashlib
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from money import InvalidAmount, amount_text, check_chargeable
from orders.checkout.basket_form import Choice
from orders.checkout.delivery import Rate, Zone, zones_of
from orders.models import Checkout, CheckoutSettings
from orders.policy import MAX_LINES
from products.catalogue import pages_for_sale, pages_shown
from products.models import Availability, ProductPage, Reservation


@dataclass(kw_only=True)
class Line:
    """One product of a basket."""

    page: ProductPage
    quantity: int | None  # None: what was typed is not a quantity
    typed: str  # what was entered as the quantity
    error: str = ""
    amount_seen: int | None = None  # the unit amount that was shown before the price changed

    @property
    def product_key(self) -> str:
        """Identifies the product in forms and in the Django session."""
        return str(self.page.product_key)

    @property
    def unit_amount(self) -> int:
        """The present price on the page, in minor units of `currency`."""
        return self.page.unit_amount

    @property
    def currency(self) -> str:
        """The shop's currency."""
        return self.page.currency

    @property
    def total(self) -> int | None:
        """Unit amount times quantity, in minor units; None if there is no quantity."""
        return None if self.quantity is None else self.unit_amount * self.quantity


@dataclass(kw_only=True)
class Basket:
    """The products chosen, and what is wrong with the choice."""

    lines: list[Line]
    token: uuid.UUID = field(default_factory=uuid.uuid4)
    currency: str = field(default_factory=lambda: settings.SHOP_CURRENCY)
    problem: str = ""
    notice: str = ""
    changed: list[Line] = field(default_factory=list)  # lines with another price than was shown
    closed: str = ""  # why nobody can buy now
    zones: list[Zone] = field(default_factory=list)  # none if nothing has to be delivered
    zone: Zone | None = None  # where it is delivered, if that has been decided
    zone_error: str = ""

    @property
    def total(self) -> int | None:
        """The sum of the lines, in minor units; None while a line has no quantity."""
        totals = [line.total for line in self.lines]
        return None if None in totals else sum(total for total in totals if total)

    @property
    def can_be_bought(self) -> bool:
        """Whether it is not empty and nothing is wrong with it."""
        errors = [line for line in self.lines if line.error]
        has_place = self.zone is not None or not self.zones
        is_wrong = self.problem or errors or self.changed or self.closed
        return bool(self.lines) and has_place and not is_wrong

    @property
    def delivery_costs(self) -> list[tuple[Rate, int]]:
        """The rates of the zone and what each costs for this basket, in minor units."""
        rates = self.zone.rates if self.zone else ()
        return [(rate, rate.amount_for(self.total or 0)) for rate in rates]

    @property
    def adds_delivery(self) -> bool:
        """Whether the shopper may have to pay for delivery as well."""
        return any(amount for _rate, amount in self.delivery_costs)

    @property
    def basket_hash(self) -> str:
        """Equal for equal products, quantities, amounts, currency, zone and cost of delivery, in
        any order of the lines.
        """
        lines = sorted((line.product_key, line.quantity, line.unit_amount) for line in self.lines)
        zone = self.zone.key if self.zone else ""
        delivery = [(rate.name, amount) for rate, amount in self.delivery_costs]
        text = f"{self.currency} {lines} {zone} {delivery}"
        return hashlib.sha256(text.encode()).hexdigest()


def basket_of(
    choices: Iterable[Choice], zone: str = "", user: Any = None, *, is_shown_only: bool = False
) -> Basket:
    """The basket with these choices; those with quantity 0 are left out. With
    `is_shown_only`, prices and stock may come from memory.

    `zone` is the key of the delivery zone that the shopper chose. What is in the user's own open
    checkout still counts as available to them.
    """
    wanted = [choice for choice in choices if choice.quantity != 0]
    keys = [choice.product_key for choice in wanted if choice.product_key]
    pages = pages_shown(keys) if is_shown_only else pages_for_sale(keys)
    basket = Basket(
        lines=[
            Line(
                page=pages[choice.product_key],
                quantity=choice.quantity,
                typed=choice.typed,
                error=choice.error,
            )
            for choice in wanted
            if choice.product_key in pages
        ]
    )
    basket.problem = problem_with(basket, is_complete=len(basket.lines) == len(wanted))
    apply_settings(basket, zone)
    basket.problem = basket.problem or problem_with_delivery(basket)
    own = own_reservations(user) if any(line.page.availability for line in basket.lines) else {}
    for line in basket.lines:
        line.error = line.error or quantity_error(line, own)
    return basket


def own_reservations(user: Any) -> dict[UUID, int]:
    """The quantities that a user's open checkout reserves, by product key."""
    if user is None or not user.is_authenticated:
        return {}
    keys = Checkout.objects.of(user).filter(status__in=Checkout.PAYABLE).values("pk")
    rows = Reservation.objects.filter(key__in=keys)
    return dict(rows.values_list("product__translation_key", "quantity"))


def quantity_error(line: Line, own: Mapping[UUID, int]) -> str:
    """What is wrong with a valid quantity: the page's limits, or the stock."""
    page, quantity = line.page, line.quantity
    if quantity is None:
        return ""
    if quantity < page.smallest_quantity:
        return _("At least %(count)s per order.") % {"count": page.smallest_quantity}
    if page.max_per_order is not None and quantity > page.max_per_order:
        return _("At most %(count)s per order.") % {"count": page.max_per_order}
    stock = page.availability
    if stock is None:
        return ""
    available = stock.available + own.get(page.product_key, 0)
    return out_of_stock(available, stock) if quantity > available else ""


def out_of_stock(available: int, stock: Availability) -> str:
    """The message about a quantity that is not available."""
    if available:
        text = ngettext("Only %(count)s is left.", "Only %(count)s are left.", available)
        return text % {"count": available}
    if stock.is_sold_out:
        return _("Sold out. Remove it to pay for the rest.")
    return _("Other shoppers are buying the last ones. Try again in half an hour.")


def apply_settings(basket: Basket, zone: str) -> None:
    """Find the delivery zone, and whether the shop is closed."""
    chosen = CheckoutSettings.current()
    basket.closed = chosen.closed_message
    if any(line.page.source.needs_shipping for line in basket.lines):
        basket.zones = zones_of(chosen)
        wanted = [each for each in basket.zones if each.key == zone]
        basket.zone = basket.zones[0] if len(basket.zones) == 1 else next(iter(wanted), None)


def problem_with(basket: Basket, *, is_complete: bool) -> str:
    """What is wrong with the basket as a whole, or nothing. `is_complete`: every product that was
    chosen is for sale.
    """
    if not is_complete:
        return _("Something you chose is no longer for sale. It has been removed from your basket.")
    if len(basket.lines) > MAX_LINES:
        text = _("An order can have at most %(maximum)s different products. Remove some to pay.")
        return text % {"maximum": MAX_LINES}
    if basket.total:
        try:
            check_chargeable(basket.total, basket.currency)
        except InvalidAmount as error:
            return str(error)
    return ""


def problem_with_delivery(basket: Basket) -> str:
    """Why the products cannot be paid together with their delivery, or nothing.

    The dearest rate counts, because the shopper chooses one only on the payment page.
    """
    dearest = max((amount for _rate, amount in basket.delivery_costs), default=0)
    if not (basket.total and dearest):
        return ""
    total = basket.total + dearest
    try:
        check_chargeable(total, basket.currency)
    except InvalidAmount as error:
        text = _("%(reason)s With delivery, this order would cost %(total)s.")
        return text % {"reason": error, "total": amount_text(total, basket.currency)}
    return ""


def mark_changed_prices(basket: Basket, choices: Iterable[Choice], currency: str) -> None:
    """Add the lines whose price is not the one that the shopper saw to `changed`.

    `currency` is the one that the shopper saw.
    """
    seen = {choice.product_key: choice.amount_seen for choice in choices}
    for line in basket.lines:
        amount = seen.get(line.page.product_key)
        if currency != basket.currency:
            basket.changed.append(line)
        elif amount != line.unit_amount:
            line.amount_seen = amount
            basket.changed.append(line)
