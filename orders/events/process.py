"""Process a stored event, then store the outcome.

A signed event is enough to complete a checkout if it is final and agrees with our checkout.
Otherwise the session's present state is retrieved from Stripe. An event that could not be processed
stays pending, and the worker retries it.
"""

import logging
from collections.abc import Callable

from django.contrib.admin.utils import quote
from django.db import Error, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from alerts.raising import raise_alert, resolve_alert
from orders import policy
from orders.alerts import EVENT_FAILING
from orders.checkout.complete import Outcome, complete
from orders.checkout.match import MatchedSession, fetch, is_session_id, match
from orders.events import refunds_and_disputes
from orders.models import StripeEvent
from orders.refunds.find_order import NotPaidYet
from orders.statuses import EventOutcome
from products import drift, stripe_account
from stripe_gateway import events
from stripe_gateway.account import is_live
from stripe_gateway.client import API_VERSION
from stripe_gateway.errors import GatewayError, InvalidEvent, NotFound, UnexpectedAnswer
from stripe_gateway.events import Event
from stripe_gateway.sessions import parse_session
from worker.backoff import pause_after

logger = logging.getLogger(__name__)


def not_ours() -> tuple[EventOutcome, str]:
    """Return the result for a session of another shop on the same account."""
    return EventOutcome.IGNORED, _("The session does not belong to this shop.")


def reason_for(outcome: Outcome) -> str:
    """Return what `complete` did, in a sentence."""
    return {
        Outcome.CREATED: _("The order was created."),
        Outcome.EXISTING: _("The order already existed."),
        Outcome.WAITING: _("The shopper has not paid yet, or the bank has not confirmed it yet."),
        Outcome.FAILED: _("The bank refused the payment."),
        Outcome.EXPIRED: _("The session expired before the shopper paid."),
        Outcome.IGNORED: _("The session does not belong to this shop."),
    }[outcome]


def process(row: StripeEvent) -> StripeEvent:
    """Process a stored event and store the outcome. If that fails, it stays pending."""
    try:
        outcome, reason = dispatch(events.parse_event(row.body))
    except (GatewayError, NotPaidYet, Error, InvalidEvent) as error:
        # InvalidEvent: an older version of the shop has stored it.
        logger.warning("%s stays pending: %s", row, error, exc_info=isinstance(error, Error))
        return store_outcome(row, EventOutcome.PENDING, str(error))
    return store_outcome(row, outcome, reason)


def process_pending_events() -> None:
    """Retry events that could not be processed when they arrived."""
    due = StripeEvent.objects.filter(outcome=EventOutcome.PENDING, retry_at__lte=timezone.now())
    for row in due.order_by("retry_at")[: policy.EVENT_BATCH]:
        postpone(row)
        process(row)


def postpone(row: StripeEvent) -> None:
    """Move a pending event back in the queue before it is processed: one that kills the process
    must not come first again.
    """
    row.tries += 1
    row.retry_at = timezone.now() + pause_after(
        row.tries, first=policy.EVENT_HEAD_START, longest=policy.EVENT_LONGEST_PAUSE
    )
    row.save(update_fields=["tries", "retry_at"])
    if row.tries > policy.EVENT_ATTEMPTS_BEFORE_ALERT:
        alert_about(row)  # not only afterwards: it may kill the process


def store_outcome(row: StripeEvent, outcome: EventOutcome, reason: str) -> StripeEvent:
    """Store the outcome unless another delivery of the event has stored a final one."""
    row.outcome, row.reason = outcome, reason
    with transaction.atomic():
        stored = StripeEvent.objects.filter(pk=row.pk, outcome=EventOutcome.PENDING).update(
            outcome=outcome, reason=reason
        )
        if outcome != EventOutcome.PENDING and row.tries:
            resolve_alert(EVENT_FAILING, subject=row.pk)
        elif stored and row.tries == policy.EVENT_ATTEMPTS_BEFORE_ALERT:
            alert_about(row)
    return row


def alert_about(row: StripeEvent) -> None:
    """Raise the alert about an event that keeps failing."""
    text = _("%(event)s could not be processed after %(tries)s attempts: %(reason)s")
    reason = row.reason or _("the process was stopped each time.")
    raise_alert(
        EVENT_FAILING,
        text % {"event": row, "tries": row.tries, "reason": reason},
        subject=row.pk,
        url=reverse("events_admin:inspect", args=[quote(row.pk)]),
    )


def dispatch(event: Event) -> tuple[EventOutcome, str]:
    """Call the handler of an event.

    Returns the outcome with a reason. Raises GatewayError, NotPaidYet, django.db.Error.
    """
    handler = HANDLERS.get(event.type)
    if handler is None:
        return EventOutcome.IGNORED, _("The shop does not use events of this type.")
    if event.livemode != is_live():
        return EventOutcome.IGNORED, _(
            "This is a test event in a live shop, or a live event in a test shop."
        )
    known = stripe_account.known()
    if known and known.account and not stripe_account.is_named(known.account, event.account):
        return EventOutcome.IGNORED, _("The event belongs to another Stripe account.")
    return handler(event)


def on_session(event: Event) -> tuple[EventOutcome, str]:
    """Process an event about a session: completed, paid, refused by the bank, or expired.

    Returns the outcome with a reason. Raises GatewayError, django.db.Error.
    """
    session_id = str(event.data.object.get("id"))
    if not is_session_id(session_id):
        return EventOutcome.IGNORED, _("The event does not contain a session ID.")
    matched = session_in(event)
    if matched and not matched.is_ours:
        return not_ours()
    if not (matched and is_sufficient(event, matched)):
        try:
            matched = fetch(session_id, quick=True)
        except NotFound:
            return EventOutcome.IGNORED, _("The shop's Stripe account has no such session.")
        if not matched.is_ours:
            return not_ours()
    return EventOutcome.PROCESSED, reason_for(complete(matched, source="webhook").outcome)


def session_in(event: Event, *, lock: bool = False) -> MatchedSession | None:
    """The session that the event carries; None if it has another API version's shape."""
    try:
        return match(parse_session(event.data.object), lock=lock)
    except UnexpectedAnswer:
        return None


def is_sufficient(event: Event, matched: MatchedSession) -> bool:
    """Whether the signed event is final and agrees with our checkout, so that no query to Stripe is
    needed.
    """
    session, checkout = matched.session, matched.checkout
    if checkout is None or not session.is_paid or not session.adds_up:
        return False
    if session.livemode != event.livemode or session.payment_intent[:3] != (
        "pi_" if session.total else ""
    ):
        return False
    if event.api_version != API_VERSION or not stripe_account.is_named(
        checkout.account, event.account
    ):
        return False
    if checkout.session_id not in (None, session.id):
        return False
    return (session.subtotal, session.currency) == (checkout.subtotal, checkout.currency)


# The events that create nearly every order: the session was paid at once, or after some days.
PAID = ("checkout.session.completed", "checkout.session.async_payment_succeeded")


def on_catalogue(event: Event) -> tuple[EventOutcome, str]:
    """Schedule the comparison of a product if somebody has changed it, or its price, in the Stripe
    Dashboard.
    """
    changed = event.data.object
    product = changed.get("product") if changed.get("object") == "price" else changed.get("id")
    if isinstance(product, dict):
        product = product.get("id")
    if not drift.ask_to_compare(str(product)):
        return EventOutcome.IGNORED, _("The product does not belong to this shop.")
    return EventOutcome.PROCESSED, _("The product will be compared with its page within seconds.")


HANDLERS: dict[str, Callable[[Event], tuple[EventOutcome, str]]] = {
    **dict.fromkeys(PAID, on_session),
    "checkout.session.async_payment_failed": on_session,
    "checkout.session.expired": on_session,
    "refund.created": refunds_and_disputes.on_refund,
    "refund.updated": refunds_and_disputes.on_refund,
    "refund.failed": refunds_and_disputes.on_refund,
    # Older endpoints send this one in place of the others.
    "charge.refund.updated": refunds_and_disputes.on_refund,
    "charge.refunded": refunds_and_disputes.on_charge,
    "charge.dispute.created": refunds_and_disputes.on_dispute,
    "charge.dispute.updated": refunds_and_disputes.on_dispute,
    "charge.dispute.closed": refunds_and_disputes.on_dispute,
    "charge.dispute.funds_withdrawn": refunds_and_disputes.on_dispute,
    "charge.dispute.funds_reinstated": refunds_and_disputes.on_dispute,
    "radar.early_fraud_warning.created": refunds_and_disputes.on_fraud_warning,
    "radar.early_fraud_warning.updated": refunds_and_disputes.on_fraud_warning,
    "product.updated": on_catalogue,
    "product.deleted": on_catalogue,
    "price.updated": on_catalogue,
    "price.deleted": on_catalogue,
}
