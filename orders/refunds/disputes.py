"""Record disputes and early fraud warnings. Neither changes stock or fulfilment.

Events arrive in any order and do not say which one is newer, so the dispute is always retrieved,
and a state that was read earlier never replaces one that was read later.
"""

from datetime import datetime

from django.utils.translation import gettext as _

from admin_base.times import short_time
from alerts.raising import raise_alert, resolve_alert
from alerts.registry import AlertKind
from money import amount_text
from orders.alerts import DISPUTE_LOST, DISPUTED, FRAUD_WARNING, INQUIRY, UNKNOWN_STATUS
from orders.locking import atomic_with_retries
from orders.models import Dispute, Order, OrderEvent
from orders.models.dispute import describe
from orders.statuses import DisputeStatus
from orders.stripe_reasons import reason_in_words
from stripe_gateway.disputes import Dispute as StripeDispute
from stripe_gateway.disputes import FraudWarning


@atomic_with_retries
def record_dispute(found: StripeDispute, order: Order, *, read_at: datetime) -> Dispute:
    """Bring the row of a dispute up to the state that Stripe reported at `read_at`."""
    order = Order.objects.select_for_update().get(pk=order.pk)
    row = Dispute.objects.filter(stripe_id=found.id).first()
    if row and row.read_at > read_at:
        return row
    before = row.status if row else ""
    row = row or Dispute(order=order, stripe_id=found.id)
    row.status, row.reason = found.status[:64], found.reason[:64]
    row.amount, row.currency = found.amount, found.currency[:3]
    row.withdrawn, row.is_charge_refundable = found.withdrawn, found.is_charge_refundable
    row.respond_by, row.opened_at, row.read_at = found.respond_by, found.created_at, read_at
    row.save()
    if row.status != before:
        text = f"{describe(row.status, row.amount_text)}."
        OrderEvent.objects.create(order=order, text=text[:255])
        order.refresh_statuses()
    refresh_alerts(order)
    return row


def refresh_alerts(order: Order) -> None:
    """Raise or resolve the order's alerts as its disputes require."""
    disputes = list(order.disputes.all())
    is_open = [row for row in disputes if row.is_open]
    sync_alert(order, DISPUTED, [row for row in is_open if not row.is_inquiry])
    sync_alert(order, INQUIRY, [row for row in is_open if row.is_inquiry])
    for row in disputes:
        if row.took_the_money:
            text = _("Order %(number)s: %(amount)s was charged back (%(reason)s).")
            values = {"number": order.number, "amount": row.amount_text, "reason": row.reason_text}
            raise_alert(DISPUTE_LOST, text % values, subject=row.stripe_id, url=order.admin_url)
        if row.status not in DisputeStatus.values:
            text = _("Order %(number)s: the shop does not know the status “%(status)s” of %(row)s.")
            values = {"number": order.number, "status": row.status, "row": str(row)}
            raise_alert(UNKNOWN_STATUS, text % values, subject=row.stripe_id, url=order.admin_url)


def sync_alert(order: Order, kind: AlertKind, rows: list[Dispute]) -> None:
    """Raise the alert if there are open disputes of its kind, else resolve it. It names the first
    date by which the shop must respond.
    """
    if not rows:
        resolve_alert(kind, subject=order.number)
        return
    amounts = ", ".join(row.amount_text for row in rows)
    due = min((row.respond_by for row in rows if row.respond_by), default=None)
    if due and any(row.needs_response for row in rows):
        text = _("Order %(number)s (%(amounts)s): respond in the Stripe Dashboard by %(due)s.")
    else:
        text = _("Order %(number)s (%(amounts)s): the bank is deciding.")
    values = {"number": order.number, "amounts": amounts, "due": short_time(due)}
    raise_alert(kind, text % values, subject=order.number, url=order.admin_url)


@atomic_with_retries
def record_warning(found: FraudWarning, order: Order) -> None:
    """Raise an alert about an early fraud warning as long as a refund could avoid the dispute."""
    order = Order.objects.select_for_update().get(pk=order.pk)
    if not found.actionable or not order.left_to_refund or order.disputes.exists():
        resolve_alert(FRAUD_WARNING, subject=order.number)
        return
    warning = _("The shopper's bank warns that this payment may be fraudulent.")
    if not order.events.filter(text=warning).exists():
        OrderEvent.objects.create(order=order, text=warning)
    text = _("Order %(number)s for %(amount)s: the bank's reason is “%(fraud)s”.") % {
        "number": order.number,
        "amount": amount_text(order.total, order.currency),
        "fraud": reason_in_words(found.fraud_type),
    }
    raise_alert(FRAUD_WARNING, text, subject=order.number, url=order.admin_url)
