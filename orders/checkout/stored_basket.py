"""The basket between two requests: kept in the Django session, where it survives the login.

It holds products and quantities as the shopper entered them. Prices are read from the pages each
time.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib.sessions.backends.base import SessionBase

from orders.checkout.basket import Basket, basket_of
from orders.checkout.basket_form import Choice, merge, stored_choices
from orders.models import Checkout
from orders.policy import LONGEST_ZONE_KEY, MAX_STORED_LINES
from products.policy import MAX_QUANTITY

BASKET, PAYING, ZONE = "basket", "paying", "zone"  # keys of the Django session


def choices(session: SessionBase) -> list[Choice]:
    """What the visitor has chosen so far."""
    return stored_choices(session.get(BASKET, {}))


def count(session: SessionBase) -> int:
    """How many items are in the basket, for the header of every page. Invalid quantities do not
    count.
    """
    quantities = [int(typed) for typed in session.get(BASKET, {}).values() if typed.isdecimal()]
    return sum(quantity for quantity in quantities if quantity <= MAX_QUANTITY)


def load(session: SessionBase, user: Any, *, is_shown_only: bool = False) -> Basket:
    """The visitor's basket, without what has been paid since."""
    remove_paid(session)
    basket = basket_of(choices(session), zone(session), user, is_shown_only=is_shown_only)
    save_basket(session, basket)
    return basket


def zone(session: SessionBase) -> str:
    """The key of the delivery zone that the visitor chose, or empty."""
    return str(session.get(ZONE, ""))


def store_zone(session: SessionBase, key: str | None) -> None:
    """Store the delivery zone that a form names; None if it names none."""
    if key is not None and key[:LONGEST_ZONE_KEY] != zone(session):
        session[ZONE] = key[:LONGEST_ZONE_KEY]


def save_basket(session: SessionBase, basket: Basket) -> None:
    """Store the lines of a basket, without those that are no longer for sale."""
    lines = {line.product_key: line.typed for line in basket.lines}
    if lines != session.get(BASKET, {}):
        session[BASKET] = lines


def store(session: SessionBase, chosen: Iterable[Choice]) -> None:
    """Store choices as the basket. Lines with quantity 0 are left out."""
    kept = {
        str(choice.product_key): choice.typed
        for choice in chosen
        if choice.product_key and choice.quantity != 0
    }
    session[BASKET] = dict(list(kept.items())[:MAX_STORED_LINES])


def replace(session: SessionBase, chosen: Iterable[Choice]) -> None:
    """Replace the basket with what the shopper entered on its page. If an earlier
    checkout turns out to be paid, nothing is removed from it.
    """
    session.pop(PAYING, None)
    store(session, chosen)


def add(session: SessionBase, chosen: Iterable[Choice]) -> None:
    """Add quantities to the basket."""
    remove_paid(session)
    store(session, merge(iter([*choices(session), *chosen])))


def remember_checkout(session: SessionBase, checkout: Checkout) -> None:
    """Note the checkout that the shopper is paying for, so that `remove_paid` can find it."""
    session[PAYING] = str(checkout.pk)


def paying(session: SessionBase) -> str:
    """The checkout that the shopper was sent to pay; empty if there is none. What it reserves
    still counts as available to them.
    """
    return str(session.get(PAYING, ""))


def remove_paid(session: SessionBase) -> None:
    """Take what the shopper has paid for out of the basket, once.

    The shopper may never have returned to the success page, and may have added products since.
    """
    if PAYING not in session:
        return
    checkout = Checkout.objects.filter(pk=session[PAYING]).first()
    if checkout is None or not checkout.has_been_paid_for:
        return
    del session[PAYING]
    paid = bought(checkout)
    store(session, [reduced(choice, paid) for choice in choices(session)])


def bought(checkout: Checkout) -> dict[UUID, int]:
    """The quantities of a checkout by product key."""
    lines = checkout.lines.values_list("product__translation_key", "quantity")
    return dict(lines)


def reduced(choice: Choice, paid: dict[UUID, int]) -> Choice:
    """A choice without the quantity that has been paid for."""
    if choice.quantity is None or choice.product_key not in paid:
        return choice
    left = max(choice.quantity - paid[choice.product_key], 0)
    return Choice(product_key=choice.product_key, quantity=left, typed=str(left))


def put_back(session: SessionBase, checkout: Checkout) -> None:
    """Fill an empty basket with what a checkout contains, as after the shopper cancelled it."""
    if not choices(session):
        store(session, stored_choices({str(key): n for key, n in bought(checkout).items()}))
