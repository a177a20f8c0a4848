"""Compare a paid session with our own records.

The money has arrived, so the order is created even if they differ; an alert is raised.
"""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alerts.raising import raise_alert
from alerts.registry import AlertKind
from money import amount_text
from orders.alerts import (
    AMOUNT_DIFFERS,
    NO_CHECKOUT,
    PAID_AFTER_CLOSE,
    PAID_TWICE,
    SHORT,
    UNKNOWN_PRODUCT,
)
from orders.models import Checkout, Order, OrderLine
from orders.statuses import CheckoutStatus

# How to say that an order was paid late, by the status that its checkout had reached.
LATE = {
    CheckoutStatus.EXPIRED: gettext_lazy(
        "Order %(number)s was paid after its checkout had expired. The shopper may have bought"
        " something else instead."
    ),
    CheckoutStatus.FAILED: gettext_lazy(
        "Order %(number)s was paid after its checkout had failed. The shopper may have bought"
        " something else instead."
    ),
    CheckoutStatus.REPLACED: gettext_lazy(
        "Order %(number)s was paid after its checkout had been replaced. The shopper may have"
        " bought something else instead."
    ),
}

Found = tuple[AlertKind, str]


def raise_alerts(order: Order, lines: list[OrderLine], checkout: Checkout | None) -> None:
    """Raise an alert per discrepancy. `checkout` is as it was before the order was created."""
    url = reverse("orders_admin:inspect", args=[order.pk])
    for kind, message in [*with_checkout(order, checkout), *with_products(order, lines)]:
        subject = checkout.pk if checkout and kind is PAID_TWICE else order.session_id
        raise_alert(kind, message, subject=subject, url=url)


def with_checkout(order: Order, checkout: Checkout | None) -> Iterator[Found]:
    """Alert kind and message for each way in which the order differs from the checkout."""
    number = {"number": order.number}
    if checkout is None:
        text = _("Order %(number)s was paid, but its checkout could not be found.")
        yield NO_CHECKOUT, text % number
        return
    if (order.subtotal, order.currency) != (checkout.subtotal, checkout.currency):
        charged, shown = (amount_text(side.subtotal, side.currency) for side in (order, checkout))
        text = _("Order %(number)s is for %(charged)s, but the page showed %(shown)s.")
        yield AMOUNT_DIFFERS, text % {**number, "charged": charged, "shown": shown}
    if (
        checkout.session_id not in (None, order.session_id)
        or checkout.status == CheckoutStatus.COMPLETE
    ):
        text = _("Order %(number)s may be a second payment for the same checkout.")
        yield PAID_TWICE, text % number
    elif late := LATE.get(CheckoutStatus(checkout.status)):
        yield PAID_AFTER_CLOSE, str(late) % number


def with_products(order: Order, lines: list[OrderLine]) -> Iterator[Found]:
    """Alert kind and message if a line is short, or could not be matched with a product."""
    short = [f"{line.short} × {line.name}" for line in lines if line.short]
    if short:
        text = _("Order %(number)s was paid, but these are not in stock: %(goods)s.")
        yield SHORT, text % {"number": order.number, "goods": ", ".join(short)}
    unknown = [line.name for line in lines if line.product_id is None]
    if unknown:
        text = _("Order %(number)s contains products that are not in the catalogue: %(goods)s.")
        yield UNKNOWN_PRODUCT, text % {"number": order.number, "goods": ", ".join(unknown)}
