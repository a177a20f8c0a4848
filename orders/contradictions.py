"""Where a paid session and our books disagree. The money is there, so the order stands as Stripe says; people look."""

from collections.abc import Iterator

from django.urls import reverse

from attention import causes
from money import amount_text
from orders.models import Checkout, Order, OrderLine


def flag(order: Order, lines: list[OrderLine], checkout: Checkout | None) -> None:
    """Open attention for what does not fit. `checkout` is the attempt as it was before the order was written."""
    url = reverse("orders:inspect", args=[order.pk])
    for cause, message in [*_with_checkout(order, checkout), *_with_products(order, lines)]:
        causes.open(cause, f"{order} {message}", url=url, fact=True)


def _with_checkout(order: Order, checkout: Checkout | None) -> Iterator[tuple[str, str]]:
    if checkout is None:
        yield f"no-checkout:{order.session_id}", "was paid, but its checkout is not in our books."
        return
    if (order.subtotal, order.currency) != (checkout.subtotal, checkout.currency):
        at_stripe, on_the_page = (amount_text(side.subtotal, side.currency) for side in (order, checkout))
        yield f"amount-differs:{order.session_id}", f"came to {at_stripe} at Stripe, the page said {on_the_page}."
    if checkout.session_id not in (None, order.session_id) or checkout.status == Checkout.Status.COMPLETE:
        yield f"paid-twice:{checkout.pk}", "may be a second payment for the same checkout."
    elif checkout.status not in Checkout.STANDING:
        ended = f"was paid, though its checkout had ended here as {checkout.status}"
        yield f"paid-after-end:{order.session_id}", f"{ended}: the shopper may have bought something else instead."


def _with_products(order: Order, lines: list[OrderLine]) -> Iterator[tuple[str, str]]:
    unknown = [line.name for line in lines if line.product_id is None]
    if unknown:
        yield f"unknown-product:{order.session_id}", f"has products that we do not know: {', '.join(unknown)}."
