"""Record goods that came back, and put them into stock again if they can be sold."""

from uuid import UUID

from django.utils.translation import gettext as _

from orders.errors import ActionNotAllowed, check_key_is_free
from orders.locking import atomic_with_retries
from orders.models import Order, OrderEvent, OrderLine, ReturnedGoods, ShipmentLine
from orders.refunds.request import restock as put_into_stock
from orders.refunds.request import source_of
from products import stock
from users.models import User


@atomic_with_retries
def receive(
    order: Order, line: OrderLine, quantity: int, *, restock: bool, key: UUID, by: User | None
) -> tuple[ReturnedGoods, bool]:
    """Record items of a line that came back. Returns the row, and whether it is new.

    `key` is new for each form. Raises ActionNotAllowed for more items than were shipped.
    """
    order = Order.objects.select_for_update().get(pk=order.pk)
    if existing := ReturnedGoods.objects.filter(pk=key, line__order=order).first():
        return existing, False
    check_key_is_free(ReturnedGoods, key)
    left = returnable(line)
    if not 0 < quantity <= left:
        text = _("%(product)s: only %(left)s can be returned.")
        raise ActionNotAllowed(text % {"product": line.name, "left": left})
    row = ReturnedGoods.objects.create(
        pk=key, line=line, quantity=quantity, restocked=restock, by=by
    )
    if restock:
        put_into_stock(line, quantity, f"return:{row.pk}", by=by)
    text = _("Returned: %(goods)s.") % {"goods": row}
    OrderEvent.objects.create(order=order, by=by, text=text[:255])
    return row, True


def returnable(line: OrderLine) -> int:
    """How many items of a line have left the shop, replacements included, and not come back."""
    parts = ShipmentLine.objects.filter(line=line, shipment__undone_at=None)
    back = sum(row.quantity for row in line.returns.all())
    return max(sum(part.quantity for part in parts) - back, 0)


def came_back(line: OrderLine) -> int:
    """How many items of a line were shipped and came back: returns, and items that a refund put
    back into stock although they had been shipped.
    """
    returns, refunds = list(line.returns.all()), list(line.refund_lines.all())
    by_return = {source_of(line, f"return:{row.pk}"): row.quantity for row in returns}
    by_refund = {source_of(line, f"refund:{part.refund_id}"): part.unshipped for part in refunds}
    moved = stock.put_back_by([*by_return, *by_refund])
    shipped = sum(max(moved.get(key, 0) - never, 0) for key, never in by_refund.items())
    # A return of items that a refund had put back moved nothing: they are counted once.
    again = sum(row.quantity for row in returns if row.restocked)
    again -= sum(moved.get(key, 0) for key in by_return)
    return sum(by_return.values()) + max(shipped - again, 0)
