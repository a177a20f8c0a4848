"""The jobs of the outbox."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from mail import policy, send
from mail.models import Message
from worker.registry import job


@job("send_mail", every=policy.SEND_EVERY)
def send_mail() -> None:
    """Send what is in the outbox."""
    send.send_due_messages()


@job("empty_mail", every=timedelta(days=1))
def empty_mail() -> None:
    """Delete the texts of old emails. Who got which email and when stays."""
    kept = timedelta(days=settings.PERSONAL_DATA_DAYS)
    old = Message.objects.filter(created_at__lt=timezone.now() - kept)
    old.exclude(status=Message.Status.PENDING).exclude(text="", html="").update(
        text="", html="", data={}
    )
