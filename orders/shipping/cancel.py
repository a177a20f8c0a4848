"""Cancel an order, or what is left of it, before it ships."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from orders import notifications
from orders.errors import ActionNotAllowed
from orders.locking import atomic_with_retries
from orders.models import Order, OrderEvent, OrderLine, Refund
from orders.refunds.request import (
    Decision,
    RefundRequest,
    charged,
    everything_left,
    refunded_quantities,
    restock,
    write_refund,
)
from orders.refunds.worth import worth_of_more
from orders.statuses import FulfilmentStatus


@atomic_with_retries
def cancel(
    order: Order, decision: Decision, *, key: UUID, refund: bool
) -> tuple[Order, Refund | None]:
    """Cancel what has not been shipped. With `refund`, its refund is written as well if anything
    of it can be refunded, and sent after this transaction.

    Returns the order as it is then, and the refund. A second click finds both. Raises
    ActionNotAllowed.
    """
    order = Order.objects.select_for_update().get(pk=order.pk)
    if order.cancelled_at:
        return order, Refund.objects.filter(pk=key, order=order).first()
    if not order.has_items_to_ship:
        raise ActionNotAllowed(_("There is nothing left to cancel: everything has been shipped."))
    lines = order.lines.with_fulfilment()
    unshipped = [(line, line.to_ship) for line in lines if line.to_ship]
    written = None
    wanted = what_to_refund(order) if refund else None
    if wanted:
        # The items go back into stock because they are cancelled, even if the refund is for no
        # product.
        for_money = replace(decision, restock=False)
        written = write_refund(order, wanted, for_money, key=key)
    if decision.restock:
        for line, count in unshipped:
            restock(line, count, "cancel", by=decision.by)
    order.cancelled_at, order.hold_reason = timezone.now(), ""
    order.save(update_fields=["cancelled_at", "hold_reason"])
    order.refresh_statuses()
    is_all = order.fulfilment_status == FulfilmentStatus.CANCELLED
    text = _("Order cancelled.") if is_all else _("The rest of the order was cancelled.")
    OrderEvent.objects.create(order=order, by=decision.by, text=text)
    notifications.email_cancelled(order)
    return order, written


def what_to_refund(order: Order) -> RefundRequest | None:
    """Everything that is left if nothing was shipped, else the items that were not shipped, as far
    as neither they nor their worth were refunded before. None if nothing of them is left.
    """
    lines = list(order.lines.with_fulfilment().select_related("details"))
    if not order.left_to_refund:
        return None
    if not any(line.shipped for line in lines):
        return everything_left(order)
    before = refunded_quantities(order)
    counts = {line.pk: min(line.to_ship, left_of(line, before)) for line in lines}
    quantities = {pk: count for pk, count in counts.items() if count}
    if not quantities:
        return None
    if worth_of_quantities(lines, quantities, before) > order.left_to_refund:
        return RefundRequest(other=order.left_to_refund)
    return RefundRequest(quantities)


def left_of(line: OrderLine, before: Mapping[int, int]) -> int:
    """How many items of a line have not been refunded."""
    return max(line.quantity - before.get(line.pk, 0), 0)


def worth_of_quantities(
    lines: list[OrderLine], quantities: Mapping[int, int], before: Mapping[int, int]
) -> int:
    """What items are worth, in minor units. Raises ActionNotAllowed if that is not known yet."""
    return sum(
        worth_of_more(
            charged(line), line.quantity, before=before.get(line.pk, 0), count=quantities[line.pk]
        )
        for line in lines
        if line.pk in quantities
    )
