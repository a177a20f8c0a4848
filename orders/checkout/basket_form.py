"""Reads the products and quantities of a form, in which `product`, `quantity` and `amount` are
repeated once per line.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, zip_longest
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from orders.policy import MAX_STORED_LINES
from products.policy import MAX_QUANTITY

INVALID_QUANTITY = format_lazy(_("Enter a whole number from 0 to {maximum}."), maximum=MAX_QUANTITY)
LONGEST_TYPED = 20  # characters of an invalid quantity that are shown again


class LineForm(forms.Form):
    """One line: a product, how many of it, and the unit amount that the page showed."""

    product = forms.UUIDField()
    quantity = forms.IntegerField(
        min_value=0,
        max_value=MAX_QUANTITY,
        error_messages=dict.fromkeys(
            ["required", "invalid", "min_value", "max_value"], INVALID_QUANTITY
        ),
    )
    amount = forms.IntegerField(required=False, min_value=0)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What a visitor entered for one product.

    `product_key` is None if the text is not a key, and `quantity` if it is not a quantity.
    `amount_seen` is in minor units; None unless the page showed one amount.
    """

    product_key: UUID | None
    quantity: int | None
    typed: str
    error: str = ""
    amount_seen: int | None = None


def read_choices(data: QueryDict) -> list[Choice]:
    """One choice per product of a form; the quantities of lines with the same product are added."""
    return merge(choice_of(row) for row in rows_of(data))


def stored_choices(stored: Mapping[str, object]) -> list[Choice]:
    """The choices of a basket that is kept as product key -> quantity as typed."""
    return [choice_of({"product": key, "quantity": typed}) for key, typed in stored.items()]


def rows_of(data: QueryDict) -> Iterator[dict[str, str]]:
    """The lines of a form: the first `product` belongs to the first `quantity` and `amount`."""
    names = ("product", "quantity", "amount")
    columns = zip_longest(*(data.getlist(name) for name in names), fillvalue="")
    for row in islice(columns, MAX_STORED_LINES):
        if row[0] or row[1]:
            yield dict(zip(names, row, strict=True))


def choice_of(row: Mapping[str, Any]) -> Choice:
    """The choice of one line."""
    form = LineForm(row)
    form.is_valid()
    quantity = form.cleaned_data.get("quantity")
    typed = str(row["quantity"]).strip()[:LONGEST_TYPED]
    return Choice(
        product_key=form.cleaned_data.get("product"),
        quantity=quantity,
        typed=typed if quantity is None else str(quantity),
        error=" ".join(map(str, form.errors.get("quantity", ()))),
        amount_seen=form.cleaned_data.get("amount"),
    )


def merge(choices: Iterator[Choice]) -> list[Choice]:
    """Make lines with the same product one choice. Keys that are not valid stay apart."""
    merged: dict[UUID | object, Choice] = {}
    for choice in choices:
        key = choice.product_key or object()
        merged[key] = add(merged[key], choice) if key in merged else choice
    return list(merged.values())


def add(first: Choice, second: Choice) -> Choice:
    """The sum of two choices of one product. A quantity that is not valid stays to be corrected."""
    if first.quantity is None or second.quantity is None:
        return first if first.quantity is None else second
    row = {"product": first.product_key, "quantity": first.quantity + second.quantity}
    same = first.amount_seen == second.amount_seen
    return choice_of({**row, "amount": first.amount_seen if same else None})
