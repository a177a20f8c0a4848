"""/healthz and /readyz, for deployments and monitors."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from alerts.alerts import JOB_FAILING
from alerts.raising import raise_alert, resolve_alert
from orders.models import StripeEvent
from worker.models import JobRun
from worker.registry import all_jobs


def lines(client: Client, status: int = 200) -> list[str]:
    response = client.get("/readyz")
    assert response.status_code == status
    assert response["Content-Type"] == "text/plain"
    return response.content.decode().splitlines()


@pytest.mark.django_db
def test_a_new_shop_is_ready_and_every_job_is_late() -> None:
    told = lines(Client())
    assert told[0] == "ready"
    assert told[1:-4] == [f"job {job.name}: last success never, late" for job in all_jobs()]
    assert told[-4:] == [
        "webhook: last event received never",
        "events pending: 0",
        "emails waiting: 0",
        "alerts open: 0",
    ]


@pytest.mark.django_db
def test_the_lines_have_ages_and_counts_and_a_dead_worker_does_not_change_the_status() -> None:
    now = timezone.now()
    late, ok, *others = all_jobs()
    JobRun.objects.bulk_create([JobRun(name=job.name, succeeded_at=now) for job in others])
    JobRun.objects.create(
        name=late.name, succeeded_at=now - timedelta(days=2), failures=3, last_error="secret words"
    )
    JobRun.objects.create(name=ok.name, succeeded_at=now - timedelta(seconds=1))
    StripeEvent.objects.create(
        id="evt_1", type="secret.type", body="secret body", retry_at=now, reason="secret reason"
    )
    raise_alert(JOB_FAILING, "Secret message.", subject=1)
    raise_alert(JOB_FAILING, "Secret message.", subject=2)
    resolve_alert(JOB_FAILING, subject=2)
    told = lines(Client())
    text = "\n".join(told)
    assert told[0] == "ready"
    assert f"job {late.name}: last success 17280" in text
    assert [line for line in told if line.endswith(", late")] == [
        line for line in told if late.name in line
    ]
    assert re.search(rf"^job {ok.name}: last success [1-9]\d* s ago$", text, re.MULTILINE)
    assert told[-4].startswith("webhook: last event received ") and told[-4].endswith(" s ago")
    assert told[-3:] == ["events pending: 1", "emails waiting: 0", "alerts open: 1"]
    assert "ecret" not in text and "evt_" not in text


@pytest.mark.django_db
def test_the_number_of_queries_is_constant() -> None:
    for number in range(30):
        StripeEvent.objects.create(id=f"evt_{number}", type="x", body="x", retry_at=timezone.now())
        raise_alert(JOB_FAILING, "Late.", subject=number)
    with CaptureQueriesContext(connection) as queries:
        assert "events pending: 30" in lines(Client())
    assert len(queries) <= 7


@pytest.mark.django_db
def test_a_migration_that_is_not_applied_makes_it_not_ready() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'worker'")
    assert lines(Client(), 503) == ["migrations not applied: 1"]


@pytest.mark.django_db
def test_a_database_error_makes_it_not_ready() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE worker_jobrun RENAME TO gone")
    assert lines(Client(), 503) == ["the database does not answer"]


def test_healthz_does_not_use_the_database() -> None:
    assert Client().get("/healthz").content == b"ok\n"
