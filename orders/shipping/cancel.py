"""Cancel an order, or what is left of it, before it ships."""

from dataclasses import replace
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from orders import notifications
from orders.errors import ActionNotAllowed
from orders.locking import atomic_with_retries
from orders.models import Order, OrderEvent, Refund
from orders.refunds.request import Decision, RefundRequest, everything_left, restock, write_refund
from orders.statuses import FulfilmentStatus


@atomic_with_retries
def cancel(
    order: Order, decision: Decision, *, key: UUID, refund: bool
) -> tuple[Order, Refund | None]:
    """Cancel what has not been shipped. With `refund`, its refund is written as well, and
    sent after this transaction.

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
    if refund:
        # The items go back into stock because they are cancelled, even if the refund is for no
        # product.
        for_money = replace(decision, restock=False)
        written = write_refund(order, what_to_refund(order), for_money, key=key)
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


def what_to_refund(order: Order) -> RefundRequest:
    """Everything that is left if nothing was shipped, else the items that were not shipped."""
    lines = list(order.lines.with_fulfilment())
    if not any(line.shipped for line in lines):
        return everything_left(order)
    return RefundRequest({line.pk: line.to_ship for line in lines if line.to_ship})
