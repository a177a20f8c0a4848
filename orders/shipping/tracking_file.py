"""Tracking numbers from a file: which row ships which order.

CSV in UTF-8, with commas, semicolons or tabs: order number, tracking number and an optional
carrier. A first line with headings is skipped.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from orders.errors import ActionNotAllowed
from orders.models import Order
from orders.models.order import CROCKFORD
from orders.policy import (
    LONGEST_CARRIER,
    LONGEST_TRACKING_NUMBER,
    TRACKING_FILE_BYTES,
    TRACKING_FILE_ROWS,
)
from text import one_line

ORDER_NUMBER = 8  # characters


@dataclass(frozen=True)
class Row:
    """A row, its order, and why it ships nothing; `problem` is empty if it does."""

    position: int
    number: str
    tracking_number: str
    carrier: str
    problem: str = ""
    order: Order | None = None


def read(content: bytes) -> list[Row]:
    """The rows of a file, with their orders. Raises ActionNotAllowed if it cannot be read."""
    if len(content) > TRACKING_FILE_BYTES:
        raise ActionNotAllowed(_("The file is too large."))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ActionNotAllowed(_("The file is not in UTF-8. Save it as “CSV UTF-8”.")) from None
    if "\0" in text:
        raise ActionNotAllowed(_("This is not a CSV file."))
    cells = split(text)
    if len(cells) > TRACKING_FILE_ROWS:
        raise ActionNotAllowed(
            _("The file has more than %(most)s rows.") % {"most": TRACKING_FILE_ROWS}
        )
    rows = list(checked(cells))
    if not rows:
        raise ActionNotAllowed(_("The file has no rows."))
    return rows


def split(text: str) -> list[list[str]]:
    """The cells of each row that is not empty. Raises ActionNotAllowed."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\n")
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    rows = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    try:
        return [row for row in rows if any(row)]
    except csv.Error:  # its text is in English, and about the parser
        problem = _("Line %(line)s cannot be read. Check its quotation marks.")
        raise ActionNotAllowed(problem % {"line": rows.line_num}) from None


def checked(cells: list[list[str]]) -> Iterator[Row]:
    """Each row with its order, or with what is wrong with it."""
    numbers = [cleaned(row, 0, ORDER_NUMBER + 1).upper() for row in cells]
    found = Order.objects.filter(number__in=numbers).prefetch_related(
        "lines__shipment_lines__shipment", "lines__refund_lines__refund"
    )
    orders = {order.number: order for order in found}
    seen: set[str] = set()
    for position, (row, number) in enumerate(zip(cells, numbers, strict=True), start=1):
        order = orders.get(number)
        # One character more than allowed, so that a longer text is noticed.
        tracking = cleaned(row, 1, LONGEST_TRACKING_NUMBER + 1)
        carrier = cleaned(row, 2, LONGEST_CARRIER + 1)
        if position == 1 and is_heading(number, tracking):
            continue
        problem = too_long(tracking, carrier) or problem_with(
            order, tracking, is_second=number in seen
        )
        seen.add(number)
        yield Row(position, number, tracking, carrier, problem, order)


def is_heading(number: str, tracking_number: str) -> bool:
    """Whether a first row is neither an order's number nor any number at all."""
    could_be_order = len(number) == ORDER_NUMBER and set(number) <= set(CROCKFORD)
    return not (could_be_order or any(char.isdigit() for char in number + tracking_number))


def too_long(tracking_number: str, carrier: str) -> str:
    """Which cell is longer than the shop can store; empty if none is."""
    if len(tracking_number) > LONGEST_TRACKING_NUMBER:
        text = _("The tracking number is longer than %(most)s characters.")
        return text % {"most": LONGEST_TRACKING_NUMBER}
    if len(carrier) > LONGEST_CARRIER:
        return _("The carrier is longer than %(most)s characters.") % {"most": LONGEST_CARRIER}
    return ""


def problem_with(order: Order | None, tracking_number: str, *, is_second: bool) -> str:
    """Why a row ships nothing; empty if it does."""
    if order is None:
        return _("There is no order with this number.")
    if is_second:
        return _("This order is already in the file.")
    if not tracking_number:
        return _("There is no tracking number.")
    if not (order.is_to_ship and any(line.in_stock_to_ship for line in order.lines.all())):
        return _("None of this order can be shipped: %(status)s.") % {"status": order.status_text}
    return ""


def cleaned(row: list[str], column: int, length: int) -> str:
    """A cell in one line; empty if there is none."""
    return one_line(row[column], length).strip() if column < len(row) else ""
