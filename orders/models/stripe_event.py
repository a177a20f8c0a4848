"""Stripe's webhook events, exactly as they were signed."""

from django.db import models
from django.db.models import Q

from orders.statuses import EventOutcome


class StripeEvent(models.Model):
    """One signed event.

    It is processed until its outcome is final; after that, another delivery changes nothing.
    """

    id = models.CharField(max_length=255, primary_key=True)
    type = models.CharField(max_length=255)
    account = models.CharField(
        max_length=255, blank=True, help_text="Empty for the account's own events."
    )
    body = models.TextField(help_text="As received: the text that was signed.")
    outcome = models.CharField(max_length=16, choices=EventOutcome, default=EventOutcome.PENDING)
    reason = models.TextField(blank=True)
    tries = models.PositiveIntegerField(default=0)
    retry_at = models.DateTimeField(help_text="While pending: when the worker retries it.")
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-received_at"]
        indexes = [
            models.Index(
                fields=["retry_at"],
                condition=Q(outcome="pending"),
                name="orders_stripeevent_pending",
            ),
            models.Index(fields=["-received_at"], name="orders_stripeevent_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"
