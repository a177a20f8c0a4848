"""The results of comparing Stripe with our orders. Kept forever, for accountants."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from orders.policy import LONGEST_RECONCILIATION, RECONCILIATION_IS_FRESH


class ReconciliationQuerySet(models.QuerySet["Reconciliation"]):
    """Queries for reconciliations."""

    def finished(self) -> "ReconciliationQuerySet":
        """Runs that reached their end."""
        return self.filter(finished_at__isnull=False)

    def unfinished(self) -> "ReconciliationQuerySet":
        """Runs that were interrupted or are running."""
        return self.filter(finished_at=None)

    def agreeing(self) -> "ReconciliationQuerySet":
        """Finished runs without discrepancies, except those that staff have explained."""
        return self.finished().filter(discrepancy_count=0)

    def differing(self) -> "ReconciliationQuerySet":
        """Finished runs that found discrepancies."""
        return self.finished().filter(discrepancy_count__gt=0)


class Reconciliation(models.Model):
    """One run: the paid sessions, refunds and disputes that Stripe created from `since` to
    `cutoff`, against ours of the same time.

    Orders that the run had to create are counted in `created_orders`; `discrepancies` are left for
    staff.
    """

    class State(models.TextChoices):
        """How a run ended.

        `differs`: discrepancies were found; `interrupted`: it did not reach its end.
        """

        AGREES = "agrees", _("No discrepancies")
        DIFFERS = "differs", _("Discrepancies")
        RUNNING = "running", _("Running")
        INTERRUPTED = "interrupted", _("Interrupted")

    account = models.CharField(max_length=255)
    is_deep = models.BooleanField(
        _("daily run"),
        default=False,
        help_text=_("The daily run goes back five weeks or more, the hourly runs one to two days."),
    )
    since = models.DateTimeField()
    cutoff = models.DateTimeField(
        help_text=_("Stripe and the orders were compared as of this moment.")
    )
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(
        _("finished"), null=True, help_text=_("Empty if the run was interrupted.")
    )
    error = models.TextField(blank=True, help_text=_("Why it was interrupted."))
    currency = models.CharField(max_length=3)
    sessions = models.PositiveIntegerField(
        default=0, help_text=_("Paid sessions of this shop at Stripe.")
    )
    orders = models.PositiveIntegerField(default=0, help_text=_("Orders of the same time."))
    stripe_total = models.BigIntegerField(
        default=0, help_text=_("The total of those sessions, in minor units.")
    )
    orders_total = models.BigIntegerField(
        default=0, help_text=_("The total of those orders, in minor units.")
    )
    refunds = models.PositiveIntegerField(
        default=0, help_text=_("Refunds of this shop at Stripe that have not failed.")
    )
    our_refunds = models.PositiveIntegerField(
        default=0, help_text=_("The refunds of the same time on our orders.")
    )
    refunds_total = models.BigIntegerField(default=0, help_text=_("In minor units."))
    our_refunds_total = models.BigIntegerField(default=0, help_text=_("In minor units."))
    disputes = models.PositiveIntegerField(
        default=0, help_text=_("Disputes of this shop's payments at Stripe.")
    )
    our_disputes = models.PositiveIntegerField(
        default=0, help_text=_("The disputes of the same time on our orders.")
    )
    created_orders = models.PositiveIntegerField(
        default=0, help_text=_("Orders that this run had to create.")
    )
    not_ours = models.PositiveIntegerField(
        default=0, help_text=_("Sessions of other shops on the same account.")
    )
    discrepancy_count = models.PositiveIntegerField(_("discrepancies"), default=0)
    discrepancies = models.JSONField(
        default=list,
        help_text=_(
            "The first hundred: the object at Stripe, the order, what differs, and whether"
            " staff have explained it."
        ),
    )
    objects = ReconciliationQuerySet.as_manager()

    class Meta:
        verbose_name = _("reconciliation")
        verbose_name_plural = _("reconciliations")
        ordering = ["-started_at", "-pk"]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"Reconciliation {self.pk}"

    @property
    def agrees(self) -> bool:
        """Whether the run is finished, without discrepancies that staff have not explained."""
        return self.finished_at is not None and not self.discrepancy_count

    @property
    def state(self) -> State:
        """How the run ended, or whether it may still be running."""
        if self.finished_at:
            return self.State.AGREES if self.agrees else self.State.DIFFERS
        is_running = not self.error and self.started_at > timezone.now() - LONGEST_RECONCILIATION
        return self.State.RUNNING if is_running else self.State.INTERRUPTED

    @property
    def result(self) -> str:
        """The state in words, with the number of discrepancies."""
        if self.state != self.State.DIFFERS:
            return str(self.state.label)
        count = self.discrepancy_count
        text = ngettext("%(count)s discrepancy", "%(count)s discrepancies", count)
        return text % {"count": count}

    @property
    def interruption(self) -> str:
        """Why the run was interrupted."""
        return self.error or str(_("The process that ran it was stopped."))

    @property
    def explained_count(self) -> int:
        """How many of the stored discrepancies staff have explained; `discrepancy_count` does
        not include these.
        """
        return sum(bool(discrepancy.get("explained")) for discrepancy in self.discrepancies)

    @property
    def is_out_of_date(self) -> bool:
        """Whether the run does not cover the last two hours."""
        return self.cutoff < timezone.now() - RECONCILIATION_IS_FRESH
