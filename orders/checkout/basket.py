"""What a shopper has chosen, compared with what the pages say now.

Nothing here raises for what a visitor can type: the message is on the line it belongs to, or in
`problem`.
"""

import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.conf import settings
from django.utils.translation import gettext as _

from money import InvalidAmount, check_chargeable
from orders.checkout.basket_form import Choice
from orders.policy import MAX_LINES
from products.catalogue import pages_for_sale
from products.models import ProductPage


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
        """The price on the page now, in minor units of `currency`."""
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

    @property
    def total(self) -> int | None:
        """The sum of the lines, in minor units; None while a line has no quantity."""
        totals = [line.total for line in self.lines]
        return None if None in totals else sum(total for total in totals if total)

    @property
    def can_be_bought(self) -> bool:
        """Whether it is not empty and nothing is wrong with it."""
        errors = [line for line in self.lines if line.error]
        return bool(self.lines) and not (self.problem or errors or self.changed)

    @property
    def basket_hash(self) -> str:
        """Equal for equal products, quantities, amounts and currency, in any order."""
        lines = sorted((line.product_key, line.quantity, line.unit_amount) for line in self.lines)
        return hashlib.sha256(f"{self.currency} {lines}".encode()).hexdigest()


def basket_of(choices: Iterable[Choice]) -> Basket:
    """The basket with these choices; those with quantity 0 are left out."""
    wanted = [choice for choice in choices if choice.quantity != 0]
    pages = pages_for_sale(choice.product_key for choice in wanted if choice.product_key)
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
    return basket


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
