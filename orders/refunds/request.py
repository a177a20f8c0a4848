"""Refund an order, or part of it, as staff decided.

The refund is written first, under the order's lock; `send` then makes it at Stripe.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from money import amount_text
from orders.errors import ActionNotAllowed
from orders.locking import atomic_with_retries
from orders.models import Order, OrderEvent, OrderLine, Refund, RefundLine
from orders.refunds.worth import worth_of_more
from orders.statuses import RefundReason
from products import stock
from users.models import User

SHIPPED_AND_RESTOCKED = gettext_lazy(
    "Items that will be shipped cannot be put back into stock. Tick only one of the two."
)


@dataclass(frozen=True)
class RefundRequest:
    """What to refund: quantities by the id of their order line, shipping, and any other amount.

    Amounts are in minor units of the order's currency.
    """

    quantities: Mapping[int, int] = field(default_factory=dict)
    shipping: int = 0
    other: int = 0


@dataclass(frozen=True)
class Quote:
    """What a refund would consist of, in minor units."""

    lines: tuple[tuple[OrderLine, int, int], ...]  # line, quantity, amount
    shipping: int
    other: int

    @property
    def total(self) -> int:
        """The amount of the refund."""
        return sum(amount for _line, _quantity, amount in self.lines) + self.shipping + self.other


@dataclass(frozen=True)
class Decision:
    """Who decided on a refund, and how. `ship_anyway`: refunded items will still be shipped.
    `restock`: they go back into stock now.
    """

    by: User | None = None
    reason: RefundReason = RefundReason.CUSTOMER
    note: str = ""
    ship_anyway: bool = False
    restock: bool = False


@atomic_with_retries
def request_refund(
    order: Order, wanted: RefundRequest, decision: Decision = Decision(), *, key: UUID, seen: int
) -> tuple[Refund, bool]:
    """Write a refund, which `send` makes at Stripe after this transaction. Returns it, and whether
    it is new.

    `key` is new for each form that was opened: a second click finds the refund of the first one.
    `seen` is what was refunded when the form was opened, in minor units. Raises ActionNotAllowed.
    """
    order = Order.objects.select_for_update().get(pk=order.pk)
    existing = Refund.objects.filter(pk=key).first()
    if existing and existing.order_id == order.pk:
        return existing, False
    if existing or order.refunded != seen:
        raise ActionNotAllowed(
            _("This order has been refunded since you opened this page. Check the amounts again.")
        )
    return write_refund(order, wanted, decision, key=key), True


def write_refund(order: Order, wanted: RefundRequest, decision: Decision, *, key: UUID) -> Refund:
    """Write a refund of an order whose row this transaction has locked. Raises ActionNotAllowed."""
    if decision.ship_anyway and decision.restock:
        raise ActionNotAllowed(SHIPPED_AND_RESTOCKED)
    quote = quote_refund(order, wanted)
    refund = Refund.objects.create(
        pk=key,
        order=order,
        amount=quote.total,
        shipping=quote.shipping,
        reason=decision.reason,
        note=decision.note,
        requested_by=decision.by,
    )
    RefundLine.objects.bulk_create(
        RefundLine(
            refund=refund,
            line=line,
            quantity=quantity,
            unshipped=0 if decision.ship_anyway else min(quantity, line.to_ship),
            amount=amount,
        )
        for line, quantity, amount in quote.lines
    )
    text = _("Refund of %(amount)s requested.") % {"amount": refund.amount_text}
    OrderEvent.objects.create(order=order, by=decision.by, text=text)
    order.refresh_statuses()
    if decision.restock:
        for line, quantity, _amount in quote.lines:
            restock(line, quantity, f"refund:{refund.pk}", by=decision.by)
    return refund


def restock(line: OrderLine, quantity: int, cause: str, *, by: User | None) -> None:
    """Put items of a line back into stock, once per cause, and never more than were taken."""
    if line.product_id:
        source, taken_by = source_of(line, cause), source_of(line)
        stock.put_back(line.product_id, quantity, source, taken_by=taken_by, by=by)


def source_of(line: OrderLine, cause: str = "") -> str:
    """How the stock's movements name what a line took, or what became of that."""
    return f"order-line:{line.pk}:{cause}" if cause else f"order-line:{line.pk}"


def quote_refund(order: Order, wanted: RefundRequest) -> Quote:
    """What a refund would consist of. Raises ActionNotAllowed."""
    if order.is_charged_back:
        raise ActionNotAllowed(
            _("The shopper's bank has charged this payment back, so Stripe cannot refund it.")
        )
    quote = Quote(
        tuple(quote_line(order, pk, count) for pk, count in wanted.quantities.items() if count),
        wanted.shipping,
        wanted.other,
    )
    if wanted.shipping < 0 or wanted.other < 0 or quote.total < 1:
        raise ActionNotAllowed(_("Enter what to refund."))
    if wanted.shipping > left_of_shipping(order):
        raise ActionNotAllowed(
            _("Only %(amount)s of the delivery cost is left to refund.")
            % {"amount": amount_text(left_of_shipping(order), order.currency)}
        )
    if quote.total > order.left_to_refund:
        raise ActionNotAllowed(
            _("%(wanted)s is more than the %(left)s that is left to refund.")
            % {
                "wanted": amount_text(quote.total, order.currency),
                "left": amount_text(order.left_to_refund, order.currency),
            }
        )
    return quote


def quote_line(order: Order, pk: int, count: int) -> tuple[OrderLine, int, int]:
    """An order line with the quantity to refund and its worth. Raises ActionNotAllowed."""
    line = order.lines.with_fulfilment().select_related("details").filter(pk=pk).first()
    if line is None:
        raise ActionNotAllowed(_("This product is not in the order."))
    before = refunded_quantities(order).get(pk, 0)
    if not 0 < count <= line.quantity - before:
        text = _("%(product)s: %(left)s of %(quantity)s can still be refunded.")
        left = line.quantity - before
        values = {"product": line.name, "left": left, "quantity": line.quantity}
        raise ActionNotAllowed(text % values)
    return line, count, worth_of_more(charged(line), line.quantity, before=before, count=count)


def charged(line: OrderLine) -> int:
    """What Stripe charged for a line, in minor units: after discount, with tax.

    Raises ActionNotAllowed if its details are missing.
    """
    if not hasattr(line, "details"):
        raise ActionNotAllowed(
            _("What Stripe charged for %(product)s is not known yet. Refund an amount instead.")
            % {"product": line.name}
        )
    return line.details.total


def refunded_quantities(order: Order) -> dict[int, int]:
    """How many items of each line were refunded or will be, by the line's id."""
    found: dict[int, int] = {}
    for line in RefundLine.objects.filter(refund__order=order, refund__status__in=Refund.IN_FORCE):
        found[line.line_id] = found.get(line.line_id, 0) + line.quantity
    return found


def left_of_shipping(order: Order) -> int:
    """How much of the shipping cost can still be refunded, in minor units.

    Without the order's details, its shipping without any tax on it.
    """
    paid = order.details.shipping if hasattr(order, "details") else order.shipping
    return max(paid - sum(row.shipping for row in order.refunds.all() if row.is_in_force), 0)


def everything_left(order: Order) -> RefundRequest:
    """All items, shipping and the remainder; only an amount if earlier refunds that belong to no
    line have used up part of the items' worth.
    """
    before, left = refunded_quantities(order), order.left_to_refund
    lines = [line for line in order.lines.select_related("details") if hasattr(line, "details")]
    quantities = {line.pk: line.quantity - before.get(line.pk, 0) for line in lines}
    shipping = left_of_shipping(order)
    worth = shipping + sum(
        worth_of_more(
            line.details.total,
            line.quantity,
            before=before.get(line.pk, 0),
            count=quantities[line.pk],
        )
        for line in lines
    )
    return (
        RefundRequest(other=left)
        if worth > left
        else RefundRequest(quantities, shipping, left - worth)
    )
