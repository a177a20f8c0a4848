"""Something that a person should look at, from when it was noticed until it is settled."""

import hashlib

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

# Longer texts are cut, see causes.py.
CAUSE_LENGTH = 500
MESSAGE_LENGTH = 2000
URL_LENGTH = 2000


class AttentionQuerySet(models.QuerySet["Attention"]):
    """Questions about what there is to look at."""

    def open(self) -> "AttentionQuerySet":
        """What nobody has settled yet, last seen first."""
        return self.filter(resolved_at=None).order_by("-seen_at", "-pk")

    def about(self, cause: str) -> "AttentionQuerySet":
        """Every time that one cause was noticed, newest first."""
        return self.filter(cause=cause).order_by("-opened_at", "-pk")


class Attention(models.Model):
    """One cause, once. When a cause comes back after it was resolved, that is a new row."""

    cause = models.CharField(max_length=CAUSE_LENGTH, help_text="What it is about, for programs: amount-differs:42.")
    message = models.CharField(max_length=MESSAGE_LENGTH, help_text="What it is about, for people.")
    url = models.CharField(max_length=URL_LENGTH, blank=True, help_text="Where to look or act.")
    times = models.PositiveIntegerField(default=1, help_text="How often it was noticed.")
    opened_at = models.DateTimeField("opened", db_default=Now())
    seen_at = models.DateTimeField("last seen", db_default=Now())
    resolved_at = models.DateTimeField("resolved", null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    note = models.TextField(
        blank=True, db_default="", help_text="By the person who resolved it; empty when its cause went by itself."
    )

    objects = AttentionQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "attention"
        # Whoever may change may resolve; there is no other change.
        default_permissions = ("view", "change")
        constraints = [
            models.UniqueConstraint(
                fields=["cause"], condition=models.Q(resolved_at=None), name="attention_one_open_row_per_cause"
            )
        ]
        indexes = [models.Index(fields=["cause"], name="attention_by_cause")]

    def __str__(self) -> str:
        return self.message

    @property
    def link(self) -> str:
        """Return `url` where a browser may follow it, else nothing: no javascript: from somebody's text."""
        return self.url if self.url.startswith(("/", "https://", "http://")) else ""

    @property
    def edition(self) -> str:
        """Return what tells this message from another that may come to the row while a person reads."""
        return hashlib.sha256(self.message.encode()).hexdigest()[:16]

    @property
    def state(self) -> str:
        """Return open or resolved."""
        return "resolved" if self.resolved_at else "open"

    @property
    def resolver(self) -> str:
        """Return who resolved it: a person's e-mail, `a former user`, or `by itself`; empty while it is open."""
        if self.resolved_at is None:
            return ""
        if not self.note:
            return "by itself"
        return str(self.resolved_by) if self.resolved_by else "a former user"
