"""What becomes of a signed event: stored first, then acted on, then marked final.

A signed snapshot that can stand by itself settles without a call to Stripe; anything else is a nudge to ask Stripe how
things are now. An event that could not be acted on stays pending, and the worker takes it up again.
"""

import logging
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.contrib.admin.utils import quote
from django.db import Error, transaction
from django.urls import reverse
from django.utils import timezone

from attention import causes
from orders import fulfilment
from orders.models import StripeEvent
from products import accounts
from stripe_gateway import events
from stripe_gateway.account import is_live
from stripe_gateway.client import API_VERSION
from stripe_gateway.errors import GatewayError, InvalidEvent, NotFound, UnexpectedAnswer
from stripe_gateway.events import Event
from stripe_gateway.sessions import Session, read_session

logger = logging.getLogger(__name__)

Outcome = StripeEvent.Outcome

# The delivery itself works on a fresh event; the worker leaves it alone for so long.
HEAD_START = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
BATCH = 100
TRIES_UNTIL_ATTENTION = 5  # of the worker; a quarter of an hour after the event came


def receive(body: bytes, signature: str) -> StripeEvent:
    """Verify, store and process one delivery. Raises InvalidSignature, InvalidEvent, django.db.Error if not stored."""
    text = events.verify(body, signature, settings.STRIPE_WEBHOOK_SECRETS)
    row = _store(events.read_event(text), text)
    if row.outcome != Outcome.PENDING:
        return row
    try:
        return process(row)
    except Error:  # not even its outcome could be noted
        logger.exception("%s is stored and waits for the worker.", row)
        return row


def process(row: StripeEvent) -> StripeEvent:
    """Act on a stored event and note its outcome. Where that fails now it stays pending, to be tried again."""
    try:
        outcome, reason = _act(events.read_event(row.body))
    except (GatewayError, Error, InvalidEvent) as error:  # an older version of the shop could read it
        logger.warning("%s waits: %s", row, error, exc_info=isinstance(error, Error))
        return _note(row, Outcome.PENDING, str(error))
    return _note(row, outcome, reason)


def process_pending_events() -> None:
    """Take up events that could not be acted on when they came."""
    due = StripeEvent.objects.filter(outcome=Outcome.PENDING, retry_at__lte=timezone.now())
    for row in due.order_by("retry_at")[:BATCH]:
        put_off(row)
        process(row)


def put_off(row: StripeEvent) -> None:
    """Move a pending event back in the queue before it is tried: one that ends the process must not do so forever."""
    pause = min(LONGEST_PAUSE, HEAD_START * 2 ** min(row.tries, 10))
    row.tries, row.retry_at = row.tries + 1, timezone.now() + pause
    row.save(update_fields=["tries", "retry_at"])
    if row.tries > TRIES_UNTIL_ATTENTION:  # noted here as well: it may be one that ends the process
        _call_a_person(row)


def _store(event: Event, text: str) -> StripeEvent:
    row = StripeEvent(
        id=event.id, type=event.type, account=event.account, body=text, retry_at=timezone.now() + HEAD_START
    )
    StripeEvent.objects.bulk_create([row], ignore_conflicts=True)
    return StripeEvent.objects.get(pk=event.id)


def _note(row: StripeEvent, outcome: Outcome, reason: str) -> StripeEvent:
    row.outcome, row.reason = outcome, reason
    with transaction.atomic():
        # Another delivery of it may have come to its end meanwhile, and a final outcome stays.
        moved = StripeEvent.objects.filter(pk=row.pk, outcome=Outcome.PENDING).update(outcome=outcome, reason=reason)
        if outcome != Outcome.PENDING and row.tries:
            causes.resolve(f"event-failing:{row.pk}")
        elif moved and row.tries == TRIES_UNTIL_ATTENTION:
            _call_a_person(row)
    return row


def _call_a_person(row: StripeEvent) -> None:
    causes.open(
        f"event-failing:{row.pk}",
        f"{row} could not be acted on in {row.tries} tries: {row.reason or 'no answer was noted'}",
        url=reverse("events:inspect", args=[quote(row.pk)]),
        fact=True,  # tried for ever, and told of until somebody has said why it cannot be helped
    )


def _act(event: Event) -> tuple[Outcome, str]:
    handler = _HANDLERS.get(event.type)
    if handler is None:
        return Outcome.IGNORED, "This shop needs nothing of this type."
    if event.livemode != is_live():
        return Outcome.IGNORED, "Of the other mode: test events do not touch a live shop, nor live ones a test shop."
    if (ours := accounts.known()) and ours.account and not accounts.is_named(ours.account, event.account):
        return Outcome.IGNORED, "Of another account than the one that our key opens."
    return handler(event)


def _on_session(event: Event) -> tuple[Outcome, str]:
    session_id = str(event.data.get("id"))
    if not fulfilment.is_session_id(session_id):
        return Outcome.IGNORED, "It names no session."
    told = _session(event)
    if told and not fulfilment.ours(told):
        return Outcome.IGNORED, "Not a sale of this shop."
    if told and _stands_by_itself(event, told):
        session = told
    else:
        try:
            session = fulfilment.ask(session_id, hurry=True)
        except NotFound:
            return Outcome.IGNORED, "The account that our key opens has no such session."
    settled = fulfilment.settle(session, noticed_by="webhook")
    if settled.outcome == fulfilment.Outcome.IGNORED:
        return Outcome.IGNORED, settled.reason
    return Outcome.PROCESSED, settled.outcome.value


def _session(event: Event) -> Session | None:
    try:
        return read_session(event.data)
    except UnexpectedAnswer:
        return None  # another API version's shape: ask for it in ours


def _stands_by_itself(event: Event, session: Session) -> bool:
    """Whether the signed snapshot is final and says what our own books expect, so that nobody need be asked."""
    checkout = fulfilment.find_checkout(session)
    if checkout is None or not session.is_paid or session.mode != "payment" or not session.adds_up:
        return False
    if session.livemode != event.livemode or session.payment_intent[:3] != ("pi_" if session.total else ""):
        return False
    current = event.api_version == API_VERSION and accounts.is_named(checkout.account, event.account)
    known = checkout.session_id in (None, session.id)
    return current and known and (session.subtotal, session.currency) == (checkout.subtotal, checkout.currency)


_HANDLERS: dict[str, Callable[[Event], tuple[Outcome, str]]] = {
    "checkout.session.completed": _on_session,
    "checkout.session.async_payment_succeeded": _on_session,
    "checkout.session.async_payment_failed": _on_session,
    "checkout.session.expired": _on_session,
}
