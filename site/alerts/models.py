"""Alerts: what staff should look at, from the moment it was noticed until it is resolved."""

import hashlib

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

# Longer texts are truncated, see raising.py.
KEY_LENGTH = 500
MESSAGE_LENGTH = 2000
URL_LENGTH = 2000


class AlertQuerySet(models.QuerySet["Alert"]):
    """Questions about alerts."""

    def open(self) -> "AlertQuerySet":
        """Alerts that are not resolved, last seen first."""
        return self.filter(resolved_at=None).order_by("-seen_at", "-pk")

    def about(self, key: str) -> "AlertQuerySet":
        """All alerts with one key, open or resolved, newest first."""
        return self.filter(key=key).order_by("-opened_at", "-pk")


class Alert(models.Model):
    """One alert. If the same problem comes back after it was resolved, that is a new row."""

    key = models.CharField(
        max_length=KEY_LENGTH, help_text="Identifies the problem: amount-differs:42."
    )
    message = models.CharField(max_length=MESSAGE_LENGTH, help_text="What is wrong, in a sentence.")
    url = models.CharField(
        max_length=URL_LENGTH, blank=True, help_text="Where to look at it or deal with it."
    )
    times = models.PositiveIntegerField(default=1, help_text="How often it was noticed.")
    opened_at = models.DateTimeField("opened", db_default=Now())
    seen_at = models.DateTimeField("last seen", db_default=Now())
    resolved_at = models.DateTimeField("resolved", null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    note = models.TextField(
        blank=True,
        db_default="",
        help_text="By the staff member who resolved it; empty if the problem went away.",
    )

    objects = AlertQuerySet.as_manager()

    class Meta:
        # The change permission allows resolving; nothing else can be changed.
        default_permissions = ("view", "change")
        constraints = [
            models.UniqueConstraint(
                fields=["key"],
                condition=models.Q(resolved_at=None),
                name="alerts_one_open_row_per_key",
            )
        ]
        indexes = [models.Index(fields=["key"], name="alerts_by_key")]

    def __str__(self) -> str:
        return self.message

    @property
    def link(self) -> str:
        """Return `url` if a browser may follow it, else an empty text: never a javascript: URL."""
        return self.url if self.url.startswith(("/", "https://", "http://")) else ""

    @property
    def edition(self) -> str:
        """Identifies the message: it may change while somebody reads it."""
        return hashlib.sha256(self.message.encode()).hexdigest()[:16]

    @property
    def state(self) -> str:
        """Return open or resolved."""
        return "resolved" if self.resolved_at else "open"

    @property
    def resolver(self) -> str:
        """Return who resolved it: an email address, `a former user` or `automatically`; empty while
        it is open.
        """
        if self.resolved_at is None:
            return ""
        if not self.note:
            return "automatically"
        return str(self.resolved_by) if self.resolved_by else "a former user"
