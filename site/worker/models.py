"""What worker processes know of each other: one row per job."""

from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from worker.registry import Job, all_jobs, find

# A run renews its lease while it lasts, so a killed process holds up its jobs no longer than this.
LEASE = timedelta(seconds=10)
FIRST_RETRY = timedelta(seconds=2)
LAST_RETRY = timedelta(minutes=5)
LONGEST_ERROR = 1000
# A worker that dies again and again must not do each time what is done at a start.
FRESH = timedelta(minutes=3)
LONG, FAILURES_IN_THAT_TIME = timedelta(hours=1), 20  # with the pauses above
INTERVALS_UNTIL_LATE, PATIENCE = 3, timedelta(minutes=1)


class JobRuns(models.QuerySet["JobRun"]):
    """All times are the database's, so the clocks of several machines need not agree."""

    def late(self) -> list[str]:
        """Return the names of jobs that are late, and of those that no worker has ever begun, in order."""
        rows = self.in_bulk()
        return [job.name for job in all_jobs() if job.name not in rows or rows[job.name].is_late]

    def claim(self, job: Job, holder: str, *, age: timedelta | None = None) -> bool:
        """Take the lease on `job` if it is due, and say whether it was. Of several who ask at once one gets it.

        `age` is how long the asking worker has been up: a job at_start is due if nobody began it in that time, and its
        last success is not fresh.
        """
        self._know(job)
        # A time further off than any wait comes from a longer interval in older code, or from a wrong clock.
        too_far = Now() + max(job.every, LAST_RETRY)
        due = Q(due_at__lte=Now()) | Q(due_at__gt=too_far) | Q(holder=holder)
        if job.at_start and age is not None:
            begun_before = Q(started_at=None) | Q(started_at__lt=Now() - age)
            due |= Q(holder="") & begun_before & (Q(succeeded_at=None) | Q(succeeded_at__lt=Now() - FRESH))
        return bool(self.filter(due, name=job.name).update(holder=holder, due_at=Now() + LEASE, started_at=Now()))

    def start(self, job: Job) -> None:
        """Write down that `job` starts now, whoever has the lease."""
        self._know(job)
        self.filter(name=job.name).update(started_at=Now())

    def _know(self, job: Job) -> None:
        self.bulk_create([self.model(name=job.name)], ignore_conflicts=True)

    def renew(self, holder: str) -> None:
        """Prolong every lease that `holder` has."""
        self.filter(holder=holder).update(due_at=Now() + LEASE)

    def succeeded(self, job: Job) -> None:
        """Write down a success; the job is due again after its interval."""
        self._ended(job, due_at=Now() + job.every, succeeded_at=Now(), failures=0, last_error="")

    def failed(self, job: Job, error: BaseException) -> None:
        """Write down a failure in words; the job is due again after a pause that doubles each time."""
        failures = 1 + (self.filter(name=job.name).values_list("failures", flat=True).first() or 0)
        pause = min(FIRST_RETRY * 2 ** min(failures - 1, 10), LAST_RETRY)
        self._ended(job, due_at=Now() + pause, failures=failures, last_error=_in_words(error))

    def _ended(self, job: Job, **outcome: Any) -> None:
        self.filter(name=job.name).update(holder="", **outcome)

    def seconds_until_due(self, job: Job) -> float:
        """Return how long nobody will start `job`; 0 if it is due."""
        wait = self.filter(name=job.name).values_list(F("due_at") - Now(), flat=True).first()
        return max(wait.total_seconds(), 0.0) if wait else 0.0


def _in_words(error: BaseException) -> str:
    text = f"{type(error).__name__}: {error}"
    # PostgreSQL stores neither NUL nor half a surrogate pair, and errors quote what others sent.
    storable = text.replace("\0", "").encode("utf-8", "backslashreplace").decode()
    return storable[:LONGEST_ERROR]


class JobRun(models.Model):
    """How a job did last, and before when nobody starts it again."""

    name = models.CharField(max_length=100, primary_key=True)
    # The end of the present run's lease, else of the interval or of the pause after a failure.
    due_at = models.DateTimeField(db_default=Now())
    holder = models.CharField(max_length=300, blank=True, help_text="The process that runs it now, if any.")
    started_at = models.DateTimeField(null=True)
    succeeded_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0, help_text="In a row, since the last success.")
    last_error = models.TextField(blank=True, help_text="Of the last run; empty after a success.")
    # A job that never succeeded is late by this: a failing one starts again and again.
    created_at = models.DateTimeField(db_default=Now())

    objects = JobRuns.as_manager()

    class Meta:
        default_permissions = ("view",)
        verbose_name = "job"

    def __str__(self) -> str:
        return self.name

    @property
    def every(self) -> timedelta | None:
        """The job's interval; None for one that is no longer in the code."""
        try:
            return find(self.name).every
        except LookupError:
            return None

    @property
    def is_late(self) -> bool:
        """No success for more than three intervals and a minute, counted from the first claim if there was never one.

        A job that no longer is in the code is not late.
        """
        if self.every is None:
            return False
        patience = INTERVALS_UNTIL_LATE * self.every + PATIENCE
        return timezone.now() - (self.succeeded_at or self.created_at) > patience

    @property
    def is_stuck(self) -> bool:
        """It has failed for an hour, or one run of it takes as long.

        Not so a job that nobody began: where the worker was off for a night, its jobs are about to succeed.
        """
        now = timezone.now()
        runs_since = self.started_at if self.holder and self.due_at > now else None
        takes_long = runs_since is not None and runs_since < now - LONG
        return self.every is not None and (takes_long or self.failures >= FAILURES_IN_THAT_TIME)
