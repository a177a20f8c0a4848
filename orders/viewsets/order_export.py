"""The list of orders as a file (CSV or XLSX), with its filters, sorting and search.

A row is an order or, with `rows=lines` in the address, a line of one.
"""

import re
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets import Button

from money import from_minor
from orders.models import Order, OrderLine
from orders.models.delivery_blocks import country_name
from orders.statuses import FulfilmentStatus, PaymentStatus

CHUNK = 1000  # orders in memory at the same time
# What a spreadsheet would compute instead of showing. A sign is harmless before a number, also a
# telephone number (owasp.org/www-community/attacks/CSV_Injection).
FORMULA = re.compile(r"[=@\t\r]|[+-](?![\d\s().\-/]*\Z)")

HEADINGS = {
    "number": _("Order"), "placed_at": _("Placed"), "email": _("Email"), "name": _("Name"),
    "phone": _("Phone"), "country": _("Country"), "items": _("Products"), "quantity": _("Items"),
    "currency": _("Currency"), "subtotal": _("Subtotal"), "discount": _("Discount"),
    "shipping": _("Delivery"), "tax": _("Tax"), "total": _("Total"), "refunded": _("Refunded"),
    "payment": _("Payment"), "fulfilment": _("Fulfilment"), "mode": _("Stripe mode"),
    "stripe": _("Payment at Stripe"),
}  # fmt: skip

LINE_HEADINGS = {
    "number": _("Order"), "placed_at": _("Placed"), "country": _("Country"),
    "product": _("Product"), "quantity": _("Quantity"), "currency": _("Currency"),
    "price": _("Price"), "subtotal": _("Subtotal"), "discount": _("Discount"), "tax": _("Tax"),
    "total": _("Total"), "shipped": _("Shipped"), "refunded_quantity": _("Refunded items"),
    "payment": _("Payment"), "mode": _("Stripe mode"),
}  # fmt: skip
PER_LINE = "lines"


def without_formula(text: str) -> str:
    """The text, with an apostrophe in front if a spreadsheet would mistake it for a formula."""
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
        quantity=sum(line.quantity for line in order.lines.all()),
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


def line_row(line: OrderLine) -> OrderedDict[str, Any]:
    """One line of an order. Amounts that Stripe has not reported yet are empty."""
    order, details = line.order, getattr(line, "details", None)

    def amount(minor: int | None) -> Any:
        return "" if minor is None else from_minor(minor, order.currency)

    address = order.address
    refunded = [part for part in line.refund_lines.all() if part.refund.is_in_force]
    return OrderedDict(
        number=order.number,
        placed_at=timezone.localtime(order.placed_at).replace(tzinfo=None, microsecond=0),
        country=country_name(address.country) if address else "",
        product=line.name,
        quantity=line.quantity,
        currency=order.currency.upper(),
        price=amount(line.unit_amount),
        subtotal=amount(line.total),
        discount=amount(details.discount if details else None),
        tax=amount(details.tax if details else None),
        total=amount(details.total if details else None),
        shipped=line.shipped,
        refunded_quantity=sum(part.quantity for part in refunded),
        payment=str(PaymentStatus(order.payment_status).label),
        mode=str(order.mode),
    )


class OrderExport:
    """A mixin for Wagtail's list ("Exporting" in its documentation of reports)."""

    list_export = list(HEADINGS)
    export_headings = HEADINGS
    export_filename = "orders"

    request: HttpRequest

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Make a row an order, or a line of one."""
        if request.GET.get("rows") == PER_LINE:
            self.list_export, self.export_headings = list(LINE_HEADINGS), LINE_HEADINGS
            self.export_filename = "order-lines"
        super().setup(request, *args, **kwargs)  # type: ignore[misc]

    @cached_property
    def header_more_buttons(self) -> list[Button]:
        """Wagtail's buttons, and one for a row per line."""
        query = self.request.GET.copy()
        query["rows"], query["export"] = PER_LINE, "csv"
        url = f"{self.request.path}?{query.urlencode()}"
        label = gettext("Download CSV, one row per product")
        button = Button(label, url=url, icon_name="download", priority=110)
        return [*super().header_more_buttons, button]  # type: ignore[misc]

    def to_row_dict(self, each: Order | OrderLine) -> OrderedDict[str, Any]:
        """The cells of one row."""
        return row(each) if isinstance(each, Order) else line_row(each)

    def preprocess_field_value(self, field: str, value: Any, export_format: str) -> Any:
        """Return texts without formulas; numbers and times as they are."""
        return without_formula(value) if isinstance(value, str) else value

    def stream_csv(self, orders: Any) -> Iterator[Any]:
        """Write Wagtail's file with at most CHUNK orders in memory."""
        return super().stream_csv(self.rows_of(orders))  # type: ignore[misc]

    def write_xlsx(self, orders: Any, output: Any) -> None:
        """Write the XLSX file with at most CHUNK orders in memory."""
        super().write_xlsx(self.rows_of(orders), output)  # type: ignore[misc]

    def rows_of(self, orders: Any) -> "Chunks":
        """Return the orders or lines that the file has rows for."""
        return LineChunks(orders) if self.list_export == list(LINE_HEADINGS) else Chunks(orders)


class Chunks:
    """The orders of a query, read CHUNK at a time."""

    def __init__(self, orders: Any) -> None:
        self.orders = orders
        self.model = orders.model

    def __iter__(self) -> Iterator[Any]:
        with_all = self.orders.prefetch_related("lines", "refunds", "addresses")
        return iter(with_all.iterator(chunk_size=CHUNK))


class LineChunks(Chunks):
    """The lines of the orders, read CHUNK orders at a time."""

    def __iter__(self) -> Iterator[Any]:
        with_all = self.orders.prefetch_related(
            "addresses",
            "lines__details",
            "lines__shipment_lines__shipment",
            "lines__refund_lines__refund",
        )
        for order in with_all.iterator(chunk_size=CHUNK):
            for line in order.lines.all():
                line.order = order
                yield line
