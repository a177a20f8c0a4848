"""Change where an order is delivered, until everything has been shipped."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from orders.errors import ActionNotAllowed
from orders.locking import atomic_with_retries
from orders.models import Order, OrderAddress, OrderEvent
from users.models import User

PARTS = ("name", "line1", "line2", "postal_code", "city", "state", "country")


@atomic_with_retries
def change_address(
    order: Order, parts: Mapping[str, str], *, seen: int | None, by: User | None
) -> bool:
    """Add an address, which applies from now on; the old one stays. `seen` is the key of the one
    that was shown. Returns whether anything has changed.

    Raises ActionNotAllowed if nothing is left to ship, or if somebody else has changed the address.
    """
    order = Order.objects.select_for_update().get(pk=order.pk)
    newest = order.addresses.first()
    if newest and all(getattr(newest, part) == parts[part] for part in PARTS):
        return False  # a second click, or nothing was changed
    if not order.has_items_to_ship:
        raise ActionNotAllowed(_("There is nothing left to ship to another address."))
    if (newest.pk if newest else None) != seen:
        raise ActionNotAllowed(
            _("Somebody has changed the address in the meantime. Open the order again.")
        )
    source = OrderAddress.Source.STAFF
    OrderAddress.objects.create(
        order=order, source=source, by=by, **{part: parts[part] for part in PARTS}
    )
    OrderEvent.objects.create(order=order, by=by, text=_("Delivery address changed."))
    return True
