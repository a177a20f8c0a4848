"""Stripe's webhook events.

The rows stay; the bodies are deleted after PERSONAL_DATA_DAYS, or with the customer's data.
"""

import json

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.statuses import EventOutcome


class StripeEvent(models.Model):
    """One signed event.

    It is processed until its outcome is final; after that, another delivery changes nothing.
    """

    id = models.CharField(max_length=255, primary_key=True)
    type = models.CharField(_("type"), max_length=255)
    account = models.CharField(
        _("account"),
        max_length=255,
        blank=True,
        help_text=_("Empty for events of the shop's own account."),
    )
    body = models.TextField(
        _("body"),
        help_text=_("The text that was signed, exactly as received. It is deleted after a time."),
    )
    outcome = models.CharField(
        _("outcome"), max_length=16, choices=EventOutcome, default=EventOutcome.PENDING
    )
    reason = models.TextField(_("reason"), blank=True, help_text=_("Why it has this outcome."))
    tries = models.PositiveIntegerField(
        _("retries"), default=0, help_text=_("How often the worker has tried again.")
    )
    retry_at = models.DateTimeField(
        _("next retry"), help_text=_("While pending: when the worker tries again.")
    )
    received_at = models.DateTimeField(_("received"), auto_now_add=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
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

    @property
    def is_pending(self) -> bool:
        """Whether the worker will process it again."""
        return self.outcome == EventOutcome.PENDING

    @property
    def indented_body(self) -> str:
        """The body with one value per line if it is JSON, else as it is."""
        try:
            lines = json.dumps(json.loads(self.body), indent=2, ensure_ascii=False)
        except (ValueError, RecursionError):
            return self.body
        # Halves of surrogate pairs cannot be sent to a browser.
        return lines.encode("utf-8", "backslashreplace").decode()
