"""The list of orders as a file: CSV or XLSX, as it is filtered, sorted and searched."""

import re
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from money import from_minor
from orders.models import Order
from orders.models.delivery_blocks import country_name
from orders.statuses import FulfilmentStatus, PaymentStatus

CHUNK = 1000  # orders in memory at the same time
# What a spreadsheet would compute instead of showing. A sign is harmless before a number, also a
# telephone number (owasp.org/www-community/attacks/CSV_Injection).
FORMULA = re.compile(r"[=@\t\r]|[+-](?![\d\s().\-/]*\Z)")

HEADINGS = {
    "number": _("Order"), "placed_at": _("Placed"), "email": _("Email"), "name": _("Name"),
    "phone": _("Phone"), "country": _("Country"), "items": _("Products"), "pieces": _("Pieces"),
    "currency": _("Currency"), "subtotal": _("Subtotal"), "discount": _("Discount"),
    "shipping": _("Delivery"), "tax": _("Tax"), "total": _("Total"), "refunded": _("Refunded"),
    "payment": _("Payment"), "fulfilment": _("Fulfilment"), "mode": _("Stripe mode"),
    "stripe": _("Payment at Stripe"),
}  # fmt: skip


def without_formula(text: str) -> str:
    """The text, with an apostrophe in front if a spreadsheet would take it for a formula."""
    return f"'{text}" if FORMULA.match(text) else text


def row(order: Order) -> OrderedDict[str, Any]:
    """One order. Amounts are numbers in major units, so that they can be summed."""

    def amount(minor: int) -> Any:
        return from_minor(minor, order.currency)

    address = order.address
    return OrderedDict(
        number=order.number,
        placed_at=timezone.localtime(order.placed_at).replace(tzinfo=None, microsecond=0),
        email=order.email,
        name=order.name,
        phone=order.phone,
        country=country_name(address.country) if address else "",
        items=order.summary,
        pieces=sum(line.quantity for line in order.lines.all()),
        currency=order.currency.upper(),
        subtotal=amount(order.subtotal),
        discount=amount(order.discount),
        shipping=amount(order.shipping),
        tax=amount(order.tax),
        total=amount(order.total),
        refunded=amount(order.refunded),
        payment=str(PaymentStatus(order.payment_status).label),
        fulfilment=str(FulfilmentStatus(order.fulfilment_status).label),
        mode=str(order.mode),
        stripe=order.payment_intent or "",
    )


class OrderExport:
    """A mixin for Wagtail's list ("Exporting" in its documentation of reports)."""

    list_export = list(HEADINGS)
    export_headings = HEADINGS
    export_filename = "orders"

    def to_row_dict(self, order: Order) -> OrderedDict[str, Any]:
        """The cells of one order."""
        return row(order)

    def preprocess_field_value(self, field: str, value: Any, export_format: str) -> Any:
        """Texts that are no formula; numbers and times as they are."""
        return without_formula(value) if isinstance(value, str) else value

    def stream_csv(self, orders: Any) -> Iterator[Any]:
        """Wagtail's file, of which a thousand orders are in memory."""
        return super().stream_csv(Chunks(orders))  # type: ignore[misc]

    def write_xlsx(self, orders: Any, output: Any) -> None:
        """The same for XLSX."""
        super().write_xlsx(Chunks(orders), output)  # type: ignore[misc]


class Chunks:
    """The orders of a query, read piece by piece."""

    def __init__(self, orders: Any) -> None:
        self.orders = orders
        self.model = orders.model

    def __iter__(self) -> Iterator[Order]:
        with_all = self.orders.prefetch_related("lines", "refunds", "addresses")
        return iter(with_all.iterator(chunk_size=CHUNK))
