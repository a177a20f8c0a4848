"""Retrieve and store what a session's events do not contain, once per order."""

import logging
from collections.abc import Sequence

from django.db import Error
from django.utils import timezone

from orders.locking import atomic_with_retries
from orders.models import LineDetails, Order, OrderDetails, OrderLine
from orders.policy import DETAILS_BATCH, DETAILS_RETRIED_FOR
from products import stripe_account
from stripe_gateway.errors import GatewayError, Unavailable
from stripe_gateway.session_details import ChargedLine, SessionDetails, retrieve_details

logger = logging.getLogger(__name__)


def fetch_missing_details() -> None:
    """Store the details of new orders that have none, newest first.

    An order whose details cannot be retrieved is tried again for a week.
    """
    known = stripe_account.known()
    missing = Order.objects.filter(
        account=known.account if known else "",
        details=None,
        placed_at__gt=timezone.now() - DETAILS_RETRIED_FOR,
    )
    for order in missing.order_by("-placed_at")[:DETAILS_BATCH]:
        try:
            ensure_details(order)
        except Unavailable as error:
            logger.warning("The details of %s could not be retrieved: %s", order, error)
            return  # Stripe does not answer; the rest can wait
        except (GatewayError, Error) as error:
            logger.warning("The details of %s could not be stored: %r", order, error)


def ensure_details(order: Order) -> OrderDetails:
    """Return the order's details, and retrieve them if they are missing. Raises GatewayError."""
    stored = OrderDetails.objects.filter(order=order).first()
    return stored or store(order, retrieve_details(order.session_id))


@atomic_with_retries
def store(order: Order, found: SessionDetails) -> OrderDetails:
    """Insert the details unless somebody else has done so since."""
    order = Order.objects.select_for_update().get(pk=order.pk)
    stored = OrderDetails.objects.filter(order=order).first()
    if stored:
        return stored
    lines = list(order.lines.select_related("product"))
    LineDetails.objects.bulk_create(
        LineDetails(line=line, discount=item.discount, tax=item.tax, total=item.total)
        for line, item in pair(lines, found.lines)
    )
    return OrderDetails.objects.create(
        order=order,
        shipping=found.shipping,
        shipping_rate=found.shipping_rate,
        promotion_code=found.promotion_code,
        invoice_id=found.invoice.id,
        invoice_number=found.invoice.number,
        charge_id=found.charge_id,
        card_brand=found.card_brand[:64],
        card_last4=found.card_last4[:4],
    )


def pair(
    lines: Sequence[OrderLine], items: Sequence[ChargedLine]
) -> list[tuple[OrderLine, ChargedLine]]:
    """Find the line item of each order line: the one of its product, and else of its amounts."""
    left, pairs = list(items), []
    for line in lines:
        item = next((item for item in left if sells(item, line)), None)
        if item:
            left.remove(item)
            pairs.append((line, item))
    return pairs


def sells(item: ChargedLine, line: OrderLine) -> bool:
    """Whether a line item is the one of an order line."""
    same = (item.price.unit_amount, item.quantity) == (line.unit_amount, line.quantity)
    if line.product is None:
        return same and item.description == line.name
    return same and item.price.product == line.product.stripe_id
