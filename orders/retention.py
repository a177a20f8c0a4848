"""Delete what is no longer needed: texts of events, finished requests, old unpaid checkouts."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from orders.models import Checkout, CheckoutLine, StripeEvent
from orders.policy import PRUNE_BATCH, UNPAID_CHECKOUTS_KEPT
from orders.statuses import CheckoutStatus, EventOutcome


def empty_old_texts() -> None:
    """Empty the texts of processed events and the requests of finished checkouts after
    PERSONAL_DATA_DAYS. The rows stay.
    """
    before = timezone.now() - timedelta(days=settings.PERSONAL_DATA_DAYS)
    events = StripeEvent.objects.filter(received_at__lt=before).exclude(body="")
    events.exclude(outcome=EventOutcome.PENDING).update(body="")
    checkouts = Checkout.objects.filter(created_at__lt=before).exclude(request={})
    checkouts.exclude(status__in=Checkout.UNFINISHED).update(request={}, options={}, url="")


def delete_unpaid_checkouts() -> None:
    """Delete checkouts that ended without a payment long ago."""
    ended = (CheckoutStatus.EXPIRED, CheckoutStatus.FAILED, CheckoutStatus.REPLACED)
    before = timezone.now() - UNPAID_CHECKOUTS_KEPT
    old = Checkout.objects.filter(status__in=ended, orders=None, created_at__lt=before)
    while keys := list(old.values_list("pk", flat=True)[:PRUNE_BATCH]):
        with transaction.atomic():
            CheckoutLine.objects.filter(checkout__in=keys).delete()
            Checkout.objects.filter(pk__in=keys).delete()
