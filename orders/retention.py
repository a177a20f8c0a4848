"""Delete personal data that nobody needs any more: the texts of events, and finished requests."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from orders.models import Checkout, StripeEvent
from orders.statuses import EventOutcome


def empty_old_texts() -> None:
    """Empty the texts of processed events and the requests of finished checkouts after
    PERSONAL_DATA_DAYS. The rows stay.
    """
    before = timezone.now() - timedelta(days=settings.PERSONAL_DATA_DAYS)
    events = StripeEvent.objects.filter(received_at__lt=before).exclude(body="")
    events.exclude(outcome=EventOutcome.PENDING).update(body="")
    checkouts = Checkout.objects.filter(created_at__lt=before).exclude(request={})
    checkouts.exclude(status__in=Checkout.UNFINISHED).update(request={}, options={}, url="")
