"""Compare a paid session with our own records.

The money has arrived, so the order is created even if they differ; an alert is raised.
"""

from collections.abc import Iterator

from django.urls import reverse

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

# How a checkout had ended, after "had".
ENDED = {
    CheckoutStatus.EXPIRED: "expired",
    CheckoutStatus.FAILED: "failed",
    CheckoutStatus.REPLACED: "been replaced",
}


def raise_alerts(order: Order, lines: list[OrderLine], checkout: Checkout | None) -> None:
    """Raise an alert per discrepancy. `checkout` is as it was before the order was created."""
    url = reverse("orders_admin:inspect", args=[order.pk])
    for kind, message in [*with_checkout(order, checkout), *with_products(order, lines)]:
        subject = checkout.pk if checkout and kind is PAID_TWICE else order.session_id
        raise_alert(kind, f"{order} {message}", subject=subject, url=url)


def with_checkout(order: Order, checkout: Checkout | None) -> Iterator[tuple[AlertKind, str]]:
    """Alert kind and message for each way in which the order differs from the checkout."""
    if checkout is None:
        yield NO_CHECKOUT, "was paid, but its checkout could not be found."
        return
    if (order.subtotal, order.currency) != (checkout.subtotal, checkout.currency):
        charged, shown = (amount_text(side.subtotal, side.currency) for side in (order, checkout))
        yield (
            AMOUNT_DIFFERS,
            f"is for {charged}, but the page showed {shown}.",
        )
    if (
        checkout.session_id not in (None, order.session_id)
        or checkout.status == CheckoutStatus.COMPLETE
    ):
        yield PAID_TWICE, "may be a second payment for the same checkout."
    elif how := ENDED.get(CheckoutStatus(checkout.status)):
        yield (
            PAID_AFTER_CLOSE,
            f"was paid after its checkout had {how}. The shopper may have bought something else"
            " instead.",
        )


def with_products(order: Order, lines: list[OrderLine]) -> Iterator[tuple[AlertKind, str]]:
    """Alert kind and message if a line is short, or could not be matched with a product."""
    short = [f"{line.short} × {line.name}" for line in lines if line.short]
    if short:
        yield SHORT, f"was paid, but these are not in stock: {', '.join(short)}."
    unknown = [line.name for line in lines if line.product_id is None]
    if unknown:
        yield (
            UNKNOWN_PRODUCT,
            f"contains products that are not in the catalogue: {', '.join(unknown)}.",
        )
