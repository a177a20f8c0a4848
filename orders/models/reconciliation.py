"""What a comparison of our books with Stripe's found. Kept for ever: an accountant reads it."""

from django.db import models


class Reconciliation(models.Model):
    """One run: the paid sessions created at Stripe from `since` to `cutoff`, against the orders of the same time.

    What the run could put right by itself is counted in `settled`; `differences` is what is left for a person.
    """

    account = models.CharField(max_length=255)
    is_deep = models.BooleanField("deep", default=False, help_text="The daily look back over five weeks and more.")
    since = models.DateTimeField()
    cutoff = models.DateTimeField(help_text="The books agree as of this moment.")
    started_at = models.DateTimeField("started")
    finished_at = models.DateTimeField("finished", null=True, help_text="Empty for a run that broke off.")
    error = models.TextField(blank=True, help_text="Why it broke off.")
    currency = models.CharField(max_length=3)
    sessions = models.PositiveIntegerField(default=0, help_text="Paid sessions of this shop at Stripe.")
    orders = models.PositiveIntegerField(default=0, help_text="Orders of the same time in our books.")
    stripe_total = models.BigIntegerField(default=0, help_text="What those sessions came to, in minor units.")
    orders_total = models.BigIntegerField(default=0, help_text="What those orders came to, in minor units.")
    settled = models.PositiveIntegerField(default=0, help_text="Orders that this run had to write.")
    ignored = models.PositiveIntegerField(default=0, help_text="Sessions of other shops on the same account.")
    difference_count = models.PositiveIntegerField("differences", default=0)
    differences = models.JSONField(default=list, help_text="The first hundred: session, order, and what differs.")

    class Meta:
        ordering = ["-started_at", "-pk"]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"Reconciliation as of {self.cutoff:%Y-%m-%d %H:%M:%S} UTC"

    @property
    def agrees(self) -> bool:
        """Finished, and nothing differs: the proof."""
        return self.finished_at is not None and not self.difference_count
