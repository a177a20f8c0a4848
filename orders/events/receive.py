"""Accept an event that Stripe signed: store it, and process it at once."""

import logging

from django.db import Error, transaction
from django.utils import timezone

from orders import policy
from orders.checkout.complete import Outcome, complete_locked
from orders.events.process import (
    PAID,
    is_sufficient,
    process,
    reason_for,
    session_in,
    store_outcome,
)
from orders.locking import atomic_with_retries
from orders.models import StripeEvent
from orders.statuses import EventOutcome
from stripe_gateway.account import is_live
from stripe_gateway.client import API_VERSION
from stripe_gateway.events import Event, parse_event

logger = logging.getLogger(__name__)


def receive(text: str) -> StripeEvent:
    """Store and process one delivery, whose signature has been verified. Raises InvalidEvent,
    django.db.Error if not stored.

    An event whose outcome is final is not processed again: Stripe delivers events more than once
    (docs.stripe.com/webhooks#handle-duplicate-events).
    """
    event = parse_event(text)
    row = StripeEvent(
        id=event.id,
        type=event.type,
        account=event.account,
        body=text,
        retry_at=timezone.now() + policy.EVENT_HEAD_START,
    )
    try:
        if event.type in PAID and create_order_and_store(event, row):
            return row
    except Error as error:
        logger.warning("%s stays pending: %s", row, error, exc_info=True)
        row.outcome, row.reason = EventOutcome.PENDING, ""
        return store_outcome(store(row), EventOutcome.PENDING, str(error))
    return store_and_process(row)


@atomic_with_retries
def create_order_and_store(event: Event, row: StripeEvent) -> bool:
    """If the event alone is enough to create an order, do so and store the event with its outcome,
    in one transaction. Returns whether there is a new order.

    This is a shortcut for nearly every event that matters; whatever it leaves undone is done by
    `store_and_process`. A row that was already stored as pending stays so for the worker.
    """
    if event.api_version != API_VERSION or event.livemode != is_live():
        return False
    matched = session_in(event, lock=True)
    if not (matched and matched.is_ours and is_sufficient(event, matched)):
        return False
    if matched.checkout is None:  # which `is_sufficient` excludes
        return False
    row.outcome, row.reason = EventOutcome.PROCESSED, reason_for(Outcome.CREATED)
    # First: while the order is created, others may wait for its products.
    StripeEvent.objects.bulk_create([row], ignore_conflicts=True)
    account = matched.checkout.account
    completion = complete_locked(matched.session, matched.checkout, account, source="webhook")
    if completion.outcome is Outcome.CREATED:
        return True
    transaction.set_rollback(True)
    row.outcome, row.reason = EventOutcome.PENDING, ""
    return False


def store_and_process(row: StripeEvent) -> StripeEvent:
    """Store the event, then do what it requires. Raises django.db.Error if it was not stored."""
    row = store(row)
    if row.outcome != EventOutcome.PENDING:
        return row
    try:
        return process(row)
    except Error:  # not even the outcome could be stored
        logger.exception("%s is stored, and the worker will process it.", row)
        return row


def store(row: StripeEvent) -> StripeEvent:
    """Store an event, or find the one that an earlier delivery stored."""
    StripeEvent.objects.bulk_create([row], ignore_conflicts=True)
    return StripeEvent.objects.get(pk=row.pk)
