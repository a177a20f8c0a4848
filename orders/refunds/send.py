"""Make refunds at Stripe: once each, whatever fails on the way.

Before every attempt except the first, the payment's refunds are listed, and ours is recognised by
its id in the metadata. The idempotency key covers a call that is still on its way.
"""

import logging
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from alerts.raising import raise_alert
from money import amount_text
from orders import policy
from orders.alerts import REFUND_DELAYED
from orders.locking import atomic_with_retries
from orders.models import Order, Refund
from orders.refunds.record import add_to_timeline, record, record_all
from orders.statuses import RefundStatus
from products import stripe_account
from stripe_gateway.errors import (
    ChargeDisputed,
    GatewayError,
    Refused,
    ServerError,
    UnexpectedAnswer,
)
from stripe_gateway.refunds import create_refund
from worker.backoff import pause_after

logger = logging.getLogger(__name__)


def send_due_refunds() -> None:
    """Send every refund that Stripe has not confirmed, if its time has come."""
    known = stripe_account.known()
    due = Refund.objects.unsent().filter(
        retry_at__lte=timezone.now(), order__account=known.account if known else ""
    )
    for refund in due.order_by("retry_at")[: policy.REFUND_BATCH]:
        send(refund)


def send(refund: Refund) -> Refund:
    """Make a refund at Stripe, and return its row as it is then.

    Never raises GatewayError: a refund that Stripe did not confirm stays requested, and the worker
    sends it again.
    """
    claimed = claim(refund)
    if claimed is None:
        return Refund.objects.get(pk=refund.pk)
    try:
        return make(claimed)
    except GatewayError as error:
        logger.warning("%s could not be made: %s", claimed, error)
        return postpone(claimed, error)


@atomic_with_retries
def claim(refund: Refund) -> Refund | None:
    """Count an attempt and schedule the next one, so that two processes rarely send at the same
    time. None if there is nothing to send now.
    """
    Order.objects.select_for_update().get(pk=refund.order_id)
    row = Refund.objects.select_related("order").get(pk=refund.pk)
    if row.status != RefundStatus.REQUESTED or row.retry_at > timezone.now():
        return None
    row.tries += 1
    row.retry_at = timezone.now() + pause(row)
    row.save(update_fields=["tries", "retry_at"])
    return row


def pause(row: Refund) -> timedelta:
    """The pause between this attempt and the next one."""
    return pause_after(
        row.tries, first=policy.SHORTEST_REFUND_PAUSE, longest=policy.LONGEST_REFUND_PAUSE
    )


def make(row: Refund) -> Refund:
    """Make one attempt. Raises GatewayError if Stripe may or may not have made the refund."""
    order = row.order
    if row.tries > 1:
        record_all(order)
        row.refresh_from_db()
        if row.status != RefundStatus.REQUESTED:
            return row
    try:
        made = create_refund(
            payment_intent=order.payment_intent or "",
            amount=row.amount,
            reason=row.reason,
            metadata=metadata(row),
            idempotency_key=row.idempotency_key,
        )
    except Refused as error:
        # Refunds made at Stripe are the usual reason; and this one may be among them.
        record_all(order)
        return decline(row, error)
    return record(made, order)


def metadata(row: Refund) -> dict[str, str]:
    """What Stripe stores with the refund: our ids, by which it is recognised, and the reason."""
    texts = {"refund": str(row.pk), "order": row.order.number, "note": row.note}
    return {key: text[: policy.LONGEST_METADATA_VALUE] for key, text in texts.items() if text}


@atomic_with_retries
def decline(row: Refund, error: Refused) -> Refund:
    """Mark a refund that Stripe refuses as failed, unless it turns out to have been made."""
    order = Order.objects.select_for_update().get(pk=row.order_id)
    row = Refund.objects.get(pk=row.pk)
    if row.status == RefundStatus.REQUESTED:
        row.status = RefundStatus.FAILED
        row.save(update_fields=["status"])  # it no longer counts in what is left
        row.failure = explain(row, order, error)[:255]
        row.save(update_fields=["failure"])
        order.refresh_statuses()
        add_to_timeline(row)
    return row


def explain(row: Refund, order: Order, error: Refused) -> str:
    """Why Stripe refused a refund, for staff."""
    if isinstance(error, ChargeDisputed):
        return _("the shopper's bank has charged the payment back")
    if order.left_to_refund < row.amount:
        left = amount_text(order.left_to_refund, order.currency)
        return _("only %(left)s is left, because of other refunds") % {"left": left}
    return str(error).rstrip(".")


@atomic_with_retries
def postpone(row: Refund, error: GatewayError) -> Refund:
    """Prepare the next attempt, and raise an alert about a refund that keeps failing."""
    Order.objects.select_for_update().get(pk=row.order_id)
    key_number = row.key_number
    row = Refund.objects.get(pk=row.pk)
    if row.status != RefundStatus.REQUESTED:
        return row
    if isinstance(error, (ServerError, UnexpectedAnswer)) and row.key_number == key_number:
        row.key_number += 1  # Stripe would repeat this answer
        row.retry_at = timezone.now() + max(policy.NEW_KEY_PAUSE, pause(row))
        row.save(update_fields=["key_number", "retry_at"])
    if row.tries >= policy.REFUND_ATTEMPTS_BEFORE_ALERT:
        text = _("Order %(number)s: the refund of %(amount)s could not be made yet: %(error)s")
        values = {"number": row.order.number, "amount": row.amount_text, "error": error}
        raise_alert(REFUND_DELAYED, text % values, subject=row.pk, url=row.order.admin_url)
    return row
