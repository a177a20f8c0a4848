"""Ship what was ordered, send replacements, and undo either within the day."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orders import notifications
from orders.errors import ActionNotAllowed, check_key_is_free
from orders.locking import atomic_with_retries
from orders.models import Order, OrderEvent, OrderLine, Shipment, ShipmentLine
from orders.policy import SHIPMENT_CAN_BE_UNDONE
from orders.shipping.returns import came_back
from products import stock
from products.models import StockMovement
from users.models import User


@dataclass(frozen=True)
class Parcel:
    """Carrier and tracking of a shipment. Everything may be empty."""

    carrier: str = ""
    tracking_number: str = ""
    tracking_url: str = ""


@atomic_with_retries
def ship(
    order: Order,
    quantities: Mapping[int, int],
    parcel: Parcel,
    *,
    key: UUID,
    by: User | None,
    have_now: bool = False,
) -> tuple[Shipment, bool]:
    """Ship quantities, by the id of their order line. Returns the shipment, and whether it is new.

    `key` is new for each form. `have_now`: items that were short are there after all. Raises
    ActionNotAllowed.
    """
    order = Order.objects.select_for_update().get(pk=order.pk)
    if existing := Shipment.objects.filter(pk=key, order=order).first():
        return existing, False
    check_key_is_free(Shipment, key)
    check_can_ship(order)
    lines = chosen_lines(order, quantities)
    for line, count in lines:
        check_quantity(line, count, have_now=have_now)
    shipment = create(order, Shipment.Kind.SALE, lines, parcel, key=key, by=by)
    add_to_timeline(shipment, _("Shipped: %(summary)s."), by)
    notifications.email_shipped(shipment)
    order.refresh_statuses()
    return shipment, True


def check_can_ship(order: Order) -> None:
    """Raises ActionNotAllowed for an order that was cancelled or is on hold."""
    if order.cancelled_at:
        raise ActionNotAllowed(_("This order has been cancelled."))
    check_is_not_held(order)


def check_is_not_held(order: Order) -> None:
    """Raises ActionNotAllowed for an order on hold."""
    if order.hold_reason:
        raise ActionNotAllowed(
            _("This order is on hold: %(reason)s") % {"reason": order.hold_reason}
        )


def chosen_lines(order: Order, quantities: Mapping[int, int]) -> list[tuple[OrderLine, int]]:
    """The lines with the quantities that are not 0. Raises ActionNotAllowed if there are
    none.
    """
    lines = order.lines.with_fulfilment()
    chosen = [(line, quantities.get(line.pk, 0)) for line in lines if quantities.get(line.pk, 0)]
    if not chosen or set(quantities) - {line.pk for line in lines}:
        raise ActionNotAllowed(_("Enter a quantity."))
    return chosen


def check_quantity(line: OrderLine, count: int, *, have_now: bool) -> None:
    """Raises ActionNotAllowed for more items than are to be shipped, or than were in stock."""
    values = {"product": line.name, "left": line.to_ship, "quantity": line.quantity}
    if not 0 < count <= line.to_ship:
        text = _("%(product)s: %(left)s of %(quantity)s can still be shipped.")
        raise ActionNotAllowed(text % values)
    if count > line.in_stock_to_ship and not have_now:
        text = ngettext(
            "%(product)s: only %(left)s was in stock. Tick the box if you have more now.",
            "%(product)s: only %(left)s were in stock. Tick the box if you have more now.",
            line.in_stock_to_ship,
        )
        raise ActionNotAllowed(text % {**values, "left": line.in_stock_to_ship})


def create(
    order: Order,
    kind: Shipment.Kind,
    lines: list[tuple[OrderLine, int]],
    parcel: Parcel,
    *,
    key: UUID,
    by: User | None,
    reason: str = "",
) -> Shipment:
    """Write a shipment."""
    shipment = Shipment.objects.create(
        pk=key,
        order=order,
        kind=kind,
        reason=reason,
        carrier=parcel.carrier,
        tracking_number=parcel.tracking_number,
        tracking_url=parcel.tracking_url,
        by=by,
    )
    ShipmentLine.objects.bulk_create(
        ShipmentLine(shipment=shipment, line=line, quantity=count) for line, count in lines
    )
    if parcel.tracking_number:
        order.refresh_search_text()
    return shipment


def add_to_timeline(shipment: Shipment, text: str, by: User | None) -> None:
    """Add a shipment to the timeline."""
    text %= {"summary": shipment.summary}
    OrderEvent.objects.create(order=shipment.order, by=by, text=text[:255])


@atomic_with_retries
def send_replacement(
    order: Order,
    quantities: Mapping[int, int],
    parcel: Parcel,
    *,
    key: UUID,
    by: User | None,
    reason: str,
    have_now: bool = False,
) -> tuple[Shipment, bool]:
    """Send items that were shipped again. The shopper pays nothing for them, and they are taken
    from stock. Raises ActionNotAllowed.
    """
    order = Order.objects.select_for_update().get(pk=order.pk)
    if existing := Shipment.objects.filter(pk=key, order=order).first():
        return existing, False
    check_key_is_free(Shipment, key)
    check_can_replace(order)
    lines = chosen_lines(order, quantities)
    for line, count in lines:
        if not 0 < count <= line.shipped:
            text = _("%(product)s: at most %(quantity)s can be replaced.")
            raise ActionNotAllowed(text % {"product": line.name, "quantity": line.shipped})
    shipment = create(
        order, Shipment.Kind.REPLACEMENT, lines, parcel, key=key, by=by, reason=reason
    )
    take_for(shipment, lines, have_now=have_now)
    add_to_timeline(shipment, _("Replacement shipped: %(summary)s."), by)
    notifications.email_shipped(shipment)
    return shipment, True


def check_can_replace(order: Order) -> None:
    """Raises ActionNotAllowed if the order is on hold, or nothing of it has been shipped. What was
    shipped before the rest was cancelled can be replaced.
    """
    check_is_not_held(order)
    if not any(line.shipped for line in order.lines.with_fulfilment()):
        raise ActionNotAllowed(
            _("Nothing of this order has been shipped, so there is nothing to replace.")
        )


def can_be_replaced(order: Order) -> bool:
    """Whether `check_can_replace` accepts an order whose lines have been fetched."""
    return not order.hold_reason and any(line.shipped for line in order.lines.all())


def take_for(shipment: Shipment, lines: list[tuple[OrderLine, int]], *, have_now: bool) -> None:
    """Take the items of a replacement from stock. Raises ActionNotAllowed if there are too few."""
    wanted: dict[int, int] = {}
    for line, count in lines:
        if line.product_id:
            wanted[line.product_id] = wanted.get(line.product_id, 0) + count
    left = stock.take(wanted)
    if not have_now and any(left[pk] < wanted[pk] for pk in left):
        raise ActionNotAllowed(
            _("There are not enough items in stock. Tick the box if you have more.")
        )
    for line, count in lines:
        if line.product_id in left:
            taken = min(count, left[line.product_id])
            left[line.product_id] -= taken
            source = f"order-line:{line.pk}:shipment:{shipment.pk}"
            stock.record(StockMovement.Kind.SOLD, [(line.product_id, -taken, source)], shipment.by)


@atomic_with_retries
def undo(shipment: Shipment, *, by: User | None, tell_shopper: bool = False) -> None:
    """Undo a shipment that was entered by mistake; its row stays. Raises ActionNotAllowed.

    With `tell_shopper`, the shopper gets a correction if an email about the shipment was sent.
    """
    order = Order.objects.select_for_update().get(pk=shipment.order_id)
    shipment = Shipment.objects.get(pk=shipment.pk)
    if shipment.undone_at:
        return
    check_can_undo(shipment)
    shipment.undone_at = timezone.now()
    shipment.save(update_fields=["undone_at"])
    if shipment.kind == Shipment.Kind.REPLACEMENT:
        for part in shipment.lines.select_related("line"):
            put_back(part, shipment, by)
    add_to_timeline(shipment, _("Shipment undone: %(summary)s."), by)
    if tell_shopper:
        notifications.email_shipment_undone(shipment)
    order.refresh_statuses()


def put_back(part: ShipmentLine, shipment: Shipment, by: User | None) -> None:
    """Put the items of a replacement that was not sent after all back into stock."""
    if part.line.product_id:
        taken_by = f"order-line:{part.line_id}:shipment:{shipment.pk}"
        stock.put_back(
            part.line.product_id, part.quantity, f"{taken_by}:undone", taken_by=taken_by, by=by
        )


def check_can_undo(shipment: Shipment) -> None:
    """Raises ActionNotAllowed after a day, and if its items would be lost or counted twice: the
    order was cancelled, or they have come back.
    """
    if shipment.shipped_at <= timezone.now() - SHIPMENT_CAN_BE_UNDONE:
        raise ActionNotAllowed(_("A shipment can only be undone within a day."))
    if shipment.kind == Shipment.Kind.SALE and shipment.order.cancelled_at:
        raise ActionNotAllowed(
            _(
                "This order has been cancelled, so its shipments can no longer be undone."
                " If the items are in the shop, record a return instead."
            )
        )
    for part in shipment.lines.select_related("line"):
        check_nothing_came_back(part)


def check_nothing_came_back(part: ShipmentLine) -> None:
    """Raises ActionNotAllowed if more items of the line came back than other shipments explain."""
    parts = ShipmentLine.objects.filter(line=part.line_id, shipment__undone_at=None)
    others = sum(other.quantity for other in parts if other.pk != part.pk)
    if (count := came_back(part.line) - others) > 0:
        text = ngettext(
            "%(count)s × %(product)s of this shipment has been returned. A shipment whose items"
            " came back cannot be undone.",
            "%(count)s × %(product)s of this shipment have been returned. A shipment whose items"
            " came back cannot be undone.",
            count,
        )
        raise ActionNotAllowed(text % {"count": count, "product": part.line.name})


@atomic_with_retries
def correct_parcel(
    shipment: Shipment, parcel: Parcel, *, by: User | None, tell_shopper: bool = False
) -> Shipment:
    """Correct the carrier or the tracking number of a shipment."""
    order = Order.objects.select_for_update().get(pk=shipment.order_id)
    shipment = Shipment.objects.get(pk=shipment.pk)
    before = (shipment.carrier, shipment.tracking_number, shipment.tracking_url)
    after = (parcel.carrier, parcel.tracking_number, parcel.tracking_url)
    if before != after:
        shipment.carrier, shipment.tracking_number, shipment.tracking_url = after
        shipment.save(update_fields=["carrier", "tracking_number", "tracking_url"])
        order.refresh_search_text()
        OrderEvent.objects.create(order=order, by=by, text=_("Tracking corrected."))
        if tell_shopper:
            notifications.email_tracking_corrected(shipment)
    return shipment
