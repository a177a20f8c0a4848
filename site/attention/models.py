"""Something that a person should look at, from when it was noticed until it is settled."""

from django.db import models
from django.db.models.functions import Now

# Longer texts are cut, see causes.py.
CAUSE_LENGTH = 500
MESSAGE_LENGTH = 2000
URL_LENGTH = 2000


class Attention(models.Model):
    """One cause, once. When a cause comes back after it was resolved, that is a new row."""

    cause = models.CharField(max_length=CAUSE_LENGTH, help_text="What it is about, for programs: amount-differs:42.")
    message = models.CharField(max_length=MESSAGE_LENGTH, help_text="What it is about, for people.")
    url = models.CharField(max_length=URL_LENGTH, blank=True, help_text="Where to look or act.")
    times = models.PositiveIntegerField(default=1, help_text="How often it was noticed.")
    opened_at = models.DateTimeField("opened", db_default=Now())
    seen_at = models.DateTimeField("last seen", db_default=Now())
    resolved_at = models.DateTimeField("resolved", null=True, blank=True)

    class Meta:
        verbose_name_plural = "attention"
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["cause"], condition=models.Q(resolved_at=None), name="attention_one_open_row_per_cause"
            )
        ]

    def __str__(self) -> str:
        return self.message

    @property
    def link(self) -> str:
        """Return `url` where a browser may follow it, else nothing: no javascript: from somebody's text."""
        return self.url if self.url.startswith(("/", "https://", "http://")) else ""

    @property
    def state(self) -> str:
        """Return open or resolved."""
        return "resolved" if self.resolved_at else "open"
