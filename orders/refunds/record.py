"""Record what Stripe reports about refunds: those made here, and those made in the Stripe
Dashboard.

Every snapshot may arrive any number of times and in any order: a refund's status never moves
backwards.
"""

from uuid import UUID

from django.utils.translation import gettext as _

from alerts.raising import raise_alert, resolve_alert
from orders import notifications
from orders.alerts import REFUND_DELAYED, REFUND_FAILED, REFUND_MADE_TWICE, UNKNOWN_STATUS
from orders.locking import atomic_with_retries
from orders.models import Order, OrderEvent, Refund
from orders.refunds.request import source_of
from orders.statuses import RefundStatus
from products import stock
from stripe_gateway import refunds
from stripe_gateway.refunds import Refund as StripeRefund

FROM_STRIPE = {
    "pending": RefundStatus.PENDING,
    "requires_action": RefundStatus.PENDING,
    "succeeded": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.CANCELED,
}


def record_all(order: Order) -> None:
    """Record every refund of the order's payment. Raises GatewayError."""
    if order.payment_intent:
        for found in refunds.refunds_of(order.payment_intent):
            record(found, order)


@atomic_with_retries
def record(found: StripeRefund, order: Order) -> Refund:
    """Bring the order's row of a refund up to the state that Stripe reports, or create it."""
    order = Order.objects.select_for_update().get(pk=order.pk)
    row = row_of(found, order)
    if row is None:
        row = Refund(
            order=order, amount=found.amount, created_at=found.created_at, reason=found.reason[:32]
        )
        note_twice(found, order)
    is_news = row.stripe_id is None
    status = FROM_STRIPE.get(found.status, RefundStatus.PENDING)
    if found.status not in FROM_STRIPE:
        alert_about_status(found, order)
    if is_news:
        row.stripe_id, row.stripe_created_at = found.id, found.created_at
    if is_news or status.rank > RefundStatus(row.status).rank:
        row.status, row.failure = status, found.failure_reason.replace("_", " ")
        row.save()
        add_to_timeline(row)
        order.refresh_statuses()
    return row


def row_of(found: StripeRefund, order: Order) -> Refund | None:
    """Our row of a refund: by Stripe's id, or by ours in the metadata if it has no other refund
    yet.
    """
    row = order.refunds.filter(stripe_id=found.id).first()
    ours = our_id(found)
    if row or ours is None:
        return row
    return order.refunds.filter(pk=ours, stripe_id=None).first()


def our_id(found: StripeRefund) -> UUID | None:
    """The id of our row, which `send` puts into the metadata."""
    try:
        return UUID(found.metadata.get("refund", ""))
    except ValueError:
        return None


def add_to_timeline(row: Refund) -> None:
    """Add the refund's new status to the timeline, and write the email or raise the alert about
    it. Stripe has answered, so the alert about a delay is resolved. What a refund that failed had
    put back into stock is taken out again.
    """
    if row.tries > 1:
        resolve_alert(REFUND_DELAYED, subject=row.pk)
    made = _("%(amount)s refunded") if row.was_made_here else _("%(amount)s refunded at Stripe")
    texts = {
        RefundStatus.PENDING: _("Refund of %(amount)s: the bank has not confirmed it yet."),
        RefundStatus.SUCCEEDED: f"{made}.",
        RefundStatus.FAILED: _("Refund of %(amount)s failed: %(failure)s."),
        RefundStatus.CANCELED: _("Refund of %(amount)s was cancelled."),
    }
    failure = row.failure_text or _("no reason given")
    values = {"amount": row.amount_text, "failure": failure}
    text = texts[RefundStatus(row.status)] % values
    OrderEvent.objects.create(order=row.order, text=text[:255])
    missing = "" if row.is_in_force else take_back(row)
    if missing:
        OrderEvent.objects.create(order=row.order, text=missing[:255])
    if row.status == RefundStatus.FAILED or missing:
        alert_about_failure(row, missing)
    if row.status == RefundStatus.SUCCEEDED:
        notifications.email_refunded(row)


def take_back(row: Refund) -> str:
    """Take the items that a refund put back into stock, and that are to be shipped after all, out
    of it again. Returns a sentence about those that are no longer there; empty if there are none.
    """
    if row.order.cancelled_at:
        return ""  # they will not be shipped, whatever becomes of the money
    parts = row.lines.filter(unshipped__gt=0, line__product__isnull=False).select_related("line")
    missing = []
    for part in parts.order_by("line__product"):  # the order of the stocks' locks
        source = source_of(part.line, f"refund:{row.pk}")
        wanted = min(stock.put_back_by([source]).get(source, 0), part.unshipped)
        failed = source_of(part.line, f"refund-failed:{row.pk}")
        taken = stock.take_again(part.line.product_id or 0, wanted, failed) if wanted else 0
        if taken < wanted:
            missing.append(f"{wanted - taken} × {part.line.name}")
    text = _("To be shipped again, but no longer in stock: %(goods)s.")
    return text % {"goods": ", ".join(missing)} if missing else ""


def alert_about_failure(row: Refund, missing: str = "") -> None:
    """Raise an alert: the shopper has not received the money. `missing` is about the goods."""
    text = _("Order %(number)s: the refund of %(amount)s failed: %(failure)s.") % {
        "number": row.order.number,
        "amount": row.amount_text,
        "failure": row.failure_text or _("no reason given"),
    }
    raise_alert(
        REFUND_FAILED,
        f"{text} {missing}".strip(),
        subject=row.pk,
        url=row.order.admin_url,
    )


def alert_about_status(found: StripeRefund, order: Order) -> None:
    """Raise an alert: Stripe reports a status that did not exist when this code was written."""
    text = _(
        "Order %(number)s: Stripe reports the status “%(status)s” of refund %(id)s, which the shop"
        " does not know. It counts as pending."
    )
    raise_alert(
        UNKNOWN_STATUS,
        text % {"number": order.number, "status": found.status, "id": found.id},
        subject=found.id,
        url=order.admin_url,
    )


def note_twice(found: StripeRefund, order: Order) -> None:
    """Raise an alert if a refund that was made here exists at Stripe for the second time."""
    ours = our_id(found)
    if ours and order.refunds.filter(pk=ours).exists():
        text = _(
            "Order %(number)s: Stripe has made the refund %(refund)s a second time, as %(id)s."
        )
        raise_alert(
            REFUND_MADE_TWICE,
            text % {"number": order.number, "refund": ours, "id": found.id},
            subject=found.id,
            url=order.admin_url,
        )
