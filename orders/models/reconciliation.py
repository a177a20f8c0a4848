"""The results of comparing Stripe with our orders. Kept forever, for accountants."""

from django.db import models
from django.utils import timezone

from orders.policy import LONGEST_RECONCILIATION, RECONCILIATION_IS_FRESH


class Reconciliation(models.Model):
    """One run: the paid sessions that Stripe created from `since` to `cutoff`, against the orders
    of the same time.

    Orders that the run had to create are counted in `created_orders`; `discrepancies` are left for
    staff.
    """

    class State(models.TextChoices):
        """How a run ended.

        `differs`: discrepancies were found; `interrupted`: it did not reach the end.
        """

        AGREES = "agrees"
        DIFFERS = "differs"
        RUNNING = "running"
        INTERRUPTED = "interrupted"

    account = models.CharField(max_length=255)
    is_deep = models.BooleanField(
        "deep", default=False, help_text="The daily run, which looks back five weeks or more."
    )
    since = models.DateTimeField()
    cutoff = models.DateTimeField(
        help_text="Stripe and the orders were compared as of this moment."
    )
    started_at = models.DateTimeField("started")
    finished_at = models.DateTimeField(
        "finished", null=True, help_text="Empty if the run was interrupted."
    )
    error = models.TextField(blank=True, help_text="Why it was interrupted.")
    currency = models.CharField(max_length=3)
    sessions = models.PositiveIntegerField(
        default=0, help_text="Paid sessions of this shop at Stripe."
    )
    orders = models.PositiveIntegerField(default=0, help_text="Orders of the same time.")
    stripe_total = models.BigIntegerField(
        default=0, help_text="The total of those sessions, in minor units."
    )
    orders_total = models.BigIntegerField(
        default=0, help_text="The total of those orders, in minor units."
    )
    created_orders = models.PositiveIntegerField(
        default=0, help_text="Orders that this run had to create."
    )
    not_ours = models.PositiveIntegerField(
        default=0, help_text="Sessions of other shops on the same account."
    )
    discrepancy_count = models.PositiveIntegerField("discrepancies", default=0)
    discrepancies = models.JSONField(
        default=list,
        help_text=(
            "The first hundred: session, order, what differs, and whether staff have explained it."
        ),
    )

    class Meta:
        ordering = ["-started_at", "-pk"]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"Reconciliation as of {self.cutoff:%Y-%m-%d %H:%M:%S} UTC"

    @property
    def agrees(self) -> bool:
        """The run reached its end, and nothing differs that staff have not explained."""
        return self.finished_at is not None and not self.discrepancy_count

    @property
    def state(self) -> State:
        """How the run ended, or whether it may still be running."""
        if self.finished_at:
            return self.State.AGREES if self.agrees else self.State.DIFFERS
        is_running = not self.error and self.started_at > timezone.now() - LONGEST_RECONCILIATION
        return self.State.RUNNING if is_running else self.State.INTERRUPTED

    @property
    def explained_count(self) -> int:
        """How many of the stored discrepancies staff have explained; `discrepancy_count` leaves
        these out.
        """
        return sum(bool(discrepancy.get("explained")) for discrepancy in self.discrepancies)

    @property
    def is_out_of_date(self) -> bool:
        """The run says nothing about the last two hours."""
        return self.cutoff < timezone.now() - RECONCILIATION_IS_FRESH
