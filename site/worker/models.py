"""One row per job, through which worker processes coordinate."""

from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from text import storable
from worker import policy
from worker.backoff import pause_after
from worker.registry import Job, all_jobs, find


class JobRuns(models.QuerySet["JobRun"]):
    """Uses the database's clock only, so the clocks of several machines may differ."""

    def late(self) -> list[str]:
        """Return the names of jobs that are late or that no worker has ever started, sorted."""
        rows = self.in_bulk()
        return [job.name for job in all_jobs() if job.name not in rows or rows[job.name].is_late]

    def claim(self, job: Job, holder: str, *, age: timedelta | None = None) -> bool:
        """Take the lease on `job` if it is due. Returns whether the caller got it.

        If several workers ask at once, one gets it. `age` is how long the worker has been running:
        a job `at_start` is due if it was not started in that time and its last success is not
        fresh.
        """
        self._know(job)
        # A later time comes from a longer interval in an older version, or from a wrong clock.
        too_far = Now() + max(job.every, policy.LAST_RETRY)
        due = Q(due_at__lte=Now()) | Q(due_at__gt=too_far) | Q(holder=holder)
        if job.at_start and age is not None:
            begun_before = Q(started_at=None) | Q(started_at__lt=Now() - age)
            due |= (
                Q(holder="")
                & begun_before
                & (Q(succeeded_at=None) | Q(succeeded_at__lt=Now() - policy.FRESH))
            )
        return bool(
            self.filter(due, name=job.name).update(
                holder=holder, due_at=Now() + policy.LEASE, started_at=Now()
            )
        )

    def start(self, job: Job) -> None:
        """Record that `job` starts now, whichever worker has the lease."""
        self._know(job)
        self.filter(name=job.name).update(started_at=Now())

    def _know(self, job: Job) -> None:
        self.bulk_create([self.model(name=job.name)], ignore_conflicts=True)

    def renew(self, holder: str) -> None:
        """Extend every lease that `holder` has."""
        self.filter(holder=holder).update(due_at=Now() + policy.LEASE)

    def succeeded(self, job: Job) -> None:
        """Record a success. The job is due again after its interval."""
        self._ended(job, due_at=Now() + job.every, succeeded_at=Now(), failures=0, last_error="")

    def failed(self, job: Job, error: BaseException) -> None:
        """Record a failure. The job is due again after a pause that doubles each time."""
        failures = 1 + (self.filter(name=job.name).values_list("failures", flat=True).first() or 0)
        pause = pause_after(failures, first=policy.FIRST_RETRY, longest=policy.LAST_RETRY)
        words = storable(f"{type(error).__name__}: {error}", policy.LONGEST_ERROR)
        self._ended(job, due_at=Now() + pause, failures=failures, last_error=words)

    def _ended(self, job: Job, **outcome: Any) -> None:
        self.filter(name=job.name).update(holder="", **outcome)

    def seconds_until_due(self, job: Job) -> float:
        """Return the seconds until `job` is due; 0 if it is due now."""
        wait = self.filter(name=job.name).values_list(F("due_at") - Now(), flat=True).first()
        return max(wait.total_seconds(), 0.0) if wait else 0.0


class JobRun(models.Model):
    """The result of a job's last run, and when it is due again."""

    name = models.CharField(max_length=100, primary_key=True)
    # The end of the current lease, of the interval, or of the pause after a failure.
    due_at = models.DateTimeField(db_default=Now())
    holder = models.CharField(
        max_length=300, blank=True, help_text=_("The worker that is running it now.")
    )
    started_at = models.DateTimeField(null=True)
    succeeded_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(
        default=0, help_text=_("Consecutive failures since the last success.")
    )
    last_error = models.TextField(
        blank=True, help_text=_("Of the last run; empty after a success.")
    )
    # Tells whether a job that has never succeeded is late; it may have started many times.
    created_at = models.DateTimeField(db_default=Now())

    objects = JobRuns.as_manager()

    class Meta:
        default_permissions = ("view",)
        verbose_name = _("job")
        verbose_name_plural = _("jobs")

    def __str__(self) -> str:
        return self.name

    @property
    def every(self) -> timedelta | None:
        """The job's interval; None for a job that is no longer in the code."""
        try:
            return find(self.name).every
        except LookupError:
            return None

    @property
    def is_late(self) -> bool:
        """Whether the last success, or the first start, was too long ago: see policy.py.

        A job that is no longer in the code is not late.
        """
        if self.every is None:
            return False
        limit = policy.INTERVALS_UNTIL_LATE * self.every + policy.LATE_AFTER
        return timezone.now() - (self.succeeded_at or self.created_at) > limit

    @property
    def state(self) -> str:
        """How the job is doing, in a word or two for staff."""
        if self.every is None:
            return str(_("removed"))
        if self.is_late:
            return str(_("late"))
        return str(_("failing")) if self.failures else str(_("on time"))

    @property
    def is_stuck(self) -> bool:
        """Whether the job has failed for an hour, or one run has taken that long.

        A job that was not started is not stuck: if the worker was off overnight, its jobs are about
        to succeed.
        """
        now = timezone.now()
        runs_since = self.started_at if self.holder and self.due_at > now else None
        takes_long = runs_since is not None and runs_since < now - policy.STUCK_AFTER
        return self.every is not None and (
            takes_long or self.failures >= policy.FAILURES_UNTIL_STUCK
        )
