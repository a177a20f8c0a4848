"""A job that fails for an hour, or hangs, is told of until it works again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from alerts.jobs import check_jobs
from alerts.models import Alert
from worker.models import JobRun
from worker.policy import FIRST_RETRY, LAST_RETRY
from worker.registry import all_jobs

pytestmark = pytest.mark.django_db
JOB = all_jobs()[0]
HOUR = timedelta(hours=1)


def told() -> list[str]:
    check_jobs()
    return [row.message for row in Alert.objects.open()]


def fail_for(time: timedelta) -> None:
    """As a worker does that tries again after each pause."""
    waited, pause = timedelta(0), FIRST_RETRY
    while waited < time:
        JobRun.objects.failed(JOB, RuntimeError("no such luck"))
        waited, pause = waited + pause, min(2 * pause, LAST_RETRY)


def test_an_hour_of_failures_calls_a_person_and_a_success_resolves_it() -> None:
    JobRun.objects.start(JOB)
    JobRun.objects.succeeded(JOB)
    fail_for(HOUR)
    assert told() == []
    fail_for(FIRST_RETRY)
    (message,) = told()
    assert message.startswith(f"{JOB.name} has not succeeded since ")
    assert "no such luck" in message
    assert Alert.objects.get().link == "/admin/reports/jobs/"
    JobRun.objects.succeeded(JOB)
    assert told() == []
    assert Alert.objects.get().resolved_at


def test_a_run_without_an_end_calls_a_person() -> None:
    now = timezone.now()
    row = JobRun.objects.create(
        name=JOB.name, holder="somebody", due_at=now + timedelta(seconds=9), started_at=now
    )
    assert told() == []
    JobRun.objects.filter(pk=row.pk).update(started_at=now - HOUR - timedelta(seconds=1))
    assert told() == [f"{JOB.name} has not succeeded so far: one run takes all this time."]


def test_nobody_is_called_after_a_night_without_a_worker() -> None:
    night = timezone.now() - 9 * HOUR
    killed = {"holder": "somebody", "started_at": night, "due_at": night}
    JobRun.objects.create(name=JOB.name, succeeded_at=night, failures=3, **killed)
    assert told() == []


def test_a_job_that_is_no_longer_in_the_code_is_nobodys_business() -> None:
    JobRun.objects.create(name="gone", failures=1000)
    assert told() == []
