"""Accept a delivery: verify the signature, store the event, and process it at once."""

import logging

from django.conf import settings
from django.db import Error
from django.utils import timezone

from orders import policy
from orders.events.process import process
from orders.models import StripeEvent
from orders.statuses import EventOutcome
from stripe_gateway import events

logger = logging.getLogger(__name__)


def receive(body: bytes, signature: str) -> StripeEvent:
    """Verify, store and process one delivery. Raises InvalidSignature, InvalidEvent,
    django.db.Error if not stored.

    An event whose outcome is final is not processed again: Stripe delivers events more than once
    (docs.stripe.com/webhooks#handle-duplicate-events).
    """
    text = events.verify(body, signature, settings.STRIPE_WEBHOOK_SECRETS)
    event = events.parse_event(text)
    row = StripeEvent(
        id=event.id,
        type=event.type,
        account=event.account,
        body=text,
        retry_at=timezone.now() + policy.EVENT_HEAD_START,
    )
    StripeEvent.objects.bulk_create([row], ignore_conflicts=True)
    row = StripeEvent.objects.get(pk=event.id)
    if row.outcome != EventOutcome.PENDING:
        return row
    try:
        return process(row)
    except Error:  # not even the outcome could be stored
        logger.exception("%s is stored, and the worker will process it.", row)
        return row
