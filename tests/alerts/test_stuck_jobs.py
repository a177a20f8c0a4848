"""An alert is raised about a job that fails for an hour or hangs, until it works again."""

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


def messages() -> list[str]:
    check_jobs()
    return [row.message for row in Alert.objects.open()]


def fail_for(time: timedelta) -> None:
    """Fail as often as a worker does that tries again after each pause."""
    waited, pause = timedelta(0), FIRST_RETRY
    while waited < time:
        JobRun.objects.failed(JOB, RuntimeError("no such luck"))
        waited, pause = waited + pause, min(2 * pause, LAST_RETRY)


def test_an_hour_of_failures_raises_an_alert_and_a_success_resolves_it() -> None:
    JobRun.objects.start(JOB)
    JobRun.objects.succeeded(JOB)
    fail_for(HOUR)
    assert messages() == []
    fail_for(FIRST_RETRY)
    (message,) = messages()
    assert message.startswith(f"The job {JOB.name} has not succeeded since ")
    assert "no such luck" in message
    assert Alert.objects.get().link == "/admin/reports/jobs/"
    JobRun.objects.succeeded(JOB)
    assert messages() == []
    assert Alert.objects.get().resolved_at


def test_a_run_without_an_end_raises_an_alert() -> None:
    now = timezone.now()
    row = JobRun.objects.create(
        name=JOB.name, holder="somebody", due_at=now + timedelta(seconds=9), started_at=now
    )
    assert messages() == []
    JobRun.objects.filter(pk=row.pk).update(started_at=now - HOUR - timedelta(seconds=1))
    assert messages() == [
        f"The job {JOB.name} has not succeeded yet: one run has not ended for an hour."
    ]


def test_a_night_without_a_worker_raises_no_alert() -> None:
    night = timezone.now() - 9 * HOUR
    killed = {"holder": "somebody", "started_at": night, "due_at": night}
    JobRun.objects.create(name=JOB.name, succeeded_at=night, failures=3, **killed)
    assert messages() == []


def test_a_job_that_is_no_longer_in_the_code_raises_no_alert() -> None:
    JobRun.objects.create(name="gone", failures=1000)
    assert messages() == []
