"""Keep an order from being shipped for a while."""

from django.utils.translation import gettext as _

from orders.errors import ActionNotAllowed
from orders.locking import atomic_with_retries
from orders.models import Order, OrderEvent
from users.models import User


@atomic_with_retries
def hold(order: Order, reason: str, *, by: User | None) -> bool:
    """Put an order on hold. Returns whether this changed anything.

    Raises ActionNotAllowed if there is nothing to ship.
    """
    order = Order.objects.select_for_update().get(pk=order.pk)
    if not order.has_items_to_ship:
        raise ActionNotAllowed(_("There is nothing left to ship in this order."))
    if order.hold_reason == reason:
        return False
    change(order, reason, _("Put on hold."), by)
    return True


@atomic_with_retries
def release(order: Order, *, by: User | None) -> bool:
    """Let an order be shipped again. Returns whether it was on hold."""
    order = Order.objects.select_for_update().get(pk=order.pk)
    if not order.hold_reason:
        return False
    change(order, "", _("Released from hold."), by)
    return True


def change(order: Order, reason: str, text: str, by: User | None) -> None:
    """Store the reason of an order whose row this transaction has locked."""
    order.hold_reason = reason
    order.save(update_fields=["hold_reason"])
    order.refresh_statuses()
    OrderEvent.objects.create(order=order, by=by, text=text)
