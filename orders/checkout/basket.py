"""What a shopper chose, read from a form and held against what the pages say now.

Everything a visitor can type ends as an error beside its field or a problem above the form; nothing
raises.
"""

import hashlib
import re
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.conf import settings
from django.http import QueryDict

from money import InvalidAmount, amount_text, check_chargeable
from orders.policy import MAX_QUANTITY
from products.models import ProductPage


@dataclass(kw_only=True)
class Line:
    """One product on the review page.

    `quantity` is the number chosen, or the text as typed where it is none.
    """

    page: ProductPage
    quantity: int | str = 0
    error: str = ""

    @property
    def product_key(self) -> str:
        """Names the product in the form."""
        return str(self.page.product_key)

    @property
    def unit_amount(self) -> int:
        """In minor units of `currency`, as the page says now."""
        return self.page.unit_amount

    @property
    def currency(self) -> str:
        """The shop's currency."""
        return self.page.currency

    @property
    def total(self) -> int | None:
        """Unit amount times quantity, or None where the quantity is no number."""
        return self.unit_amount * self.quantity if isinstance(self.quantity, int) else None


@dataclass(kw_only=True)
class Basket:
    """All products with the quantities chosen, and what is wrong with the choice."""

    lines: list[Line]
    token: uuid.UUID = field(default_factory=uuid.uuid4)
    currency: str = field(default_factory=lambda: settings.SHOP_CURRENCY)
    problem: str = ""
    notice: str = ""
    has_moved: bool = False  # a price or the currency is another than the shopper saw

    @property
    def chosen(self) -> list[Line]:
        """The lines that are bought."""
        return [line for line in self.lines if line.quantity]

    @property
    def total(self) -> int | None:
        """What the choice costs, in minor units; None while a quantity is no number."""
        totals = [line.total for line in self.lines]
        return None if None in totals else sum(total for total in totals if total)

    @property
    def is_refused(self) -> bool:
        """Something is wrong: the shopper must look at the page before anything is bought."""
        return bool(self.problem or any(line.error for line in self.lines))

    @property
    def basket_hash(self) -> str:
        """Equal for equal products, quantities, amounts and currency, in whatever order they were
        chosen.
        """
        chosen = sorted((line.product_key, line.quantity, line.unit_amount) for line in self.chosen)
        return hashlib.sha256(f"{self.currency} {chosen}".encode()).hexdigest()


def from_quantities(quantities: dict[str, int]) -> Basket:
    """The review page for quantities by product key, such as those of an earlier checkout."""
    return Basket(
        lines=[
            Line(page=page, quantity=quantities.get(str(page.product_key), 0))
            for page in _for_sale()
        ]
    )


def from_query(query: QueryDict) -> Basket:
    """The review page for `?product=…&quantity=…`, repeated per product.

    An empty choice is shown, not judged.
    """
    review = _with_quantities(query)
    _check_total(review)
    return review


def from_form(form: QueryDict) -> Basket:
    """The choice that a shopper posted, judged: `is_refused` tells whether it may be bought as it
    is.
    """
    review = _with_quantities(form)
    review.token = _token(form.get("token", ""))
    if not review.problem:
        _check_amounts_seen(review, form)
        _check_something_chosen(review, form)
        _check_total(review)
    return review


def _for_sale() -> list[ProductPage]:
    return [page for page in ProductPage.objects.that_set_prices().for_sale() if page.unit_amount]


def _with_quantities(form: QueryDict) -> Basket:
    typed = _by_product(form, "quantity")
    lines = {str(page.product_key): Line(page=page) for page in _for_sale()}
    for key, line in lines.items():
        line.quantity, line.error = _quantity(typed.pop(key, []))
    review = Basket(lines=list(lines.values()))
    if any(_quantity(texts)[0] for texts in typed.values()):
        review.problem = (
            "Something you chose is not for sale any more. Please look at what is left."
        )
    return review


def _by_product(form: QueryDict, name: str) -> dict[str, list[str]]:
    """Texts of one field by product key; the fields come in rows: the first `product` has the first
    `quantity`.
    """
    found: dict[str, list[str]] = defaultdict(list)
    for key, text in zip(form.getlist("product"), form.getlist(name), strict=False):
        found[key].append(text)
    return found


def _quantity(typed: Iterable[str]) -> tuple[int | str, str]:
    """Add up what was typed for one product.

    Returns the quantity, or the text as typed and what is wrong with it.
    """
    total = 0
    for text in typed:
        if not re.fullmatch(r"[0-9]{1,20}", text.strip()):
            return text[:20], f"Choose a whole number from 0 to {MAX_QUANTITY}."
        total += int(text)
    return (
        (total, "")
        if total <= MAX_QUANTITY
        else (str(total)[:20], f"At most {MAX_QUANTITY} of one product in an order.")
    )


def _token(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.uuid4()  # a form without one buys too; it only is not told from a second click


def _check_amounts_seen(review: Basket, form: QueryDict) -> None:
    seen = _by_product(form, "amount")
    currency_moved = form.get("currency", "") != review.currency
    for line in review.chosen:
        if not line.error and (
            currency_moved or set(seen[line.product_key]) != {str(line.unit_amount)}
        ):
            line.error = (
                f"The price is now {amount_text(line.unit_amount, line.currency)}. Please confirm."
            )
            review.has_moved = True


def _check_something_chosen(review: Basket, form: QueryDict) -> None:
    if review.chosen:
        return
    review.problem = "Nothing is chosen yet."
    for line in review.lines:
        if line.product_key in form.getlist("product"):
            line.error = line.error or f"Choose a whole number from 1 to {MAX_QUANTITY}."


def _check_total(review: Basket) -> None:
    if not review.chosen or review.total is None or review.problem:
        return
    try:
        check_chargeable(review.total, review.currency)
    except InvalidAmount as error:
        review.problem = str(error)
