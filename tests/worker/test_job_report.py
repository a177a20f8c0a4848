"""The job report, the dashboard's warning, and when a job is late."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.staff import make_staff
from users.models import User
from worker.models import JobRun
from worker.registry import all_jobs

pytestmark = pytest.mark.django_db
REPORT = "/admin/reports/jobs/"
Browser = Callable[[User], Client]
JOB = all_jobs()[0]
LATE = 3 * JOB.every + timedelta(minutes=1)


@pytest.fixture
def viewer(client_of: Browser) -> Client:
    return client_of(make_staff("view_jobrun"))


@pytest.mark.parametrize(
    ("succeeded", "made", "late"),
    [
        (LATE - timedelta(seconds=5), LATE * 9, False),
        (LATE + timedelta(seconds=5), LATE * 9, True),
        (None, LATE - timedelta(seconds=5), False),
        (None, LATE + timedelta(seconds=5), True),
        (timedelta(0), timedelta(0), False),
    ],
    ids=["on time", "late", "never, but new", "never, for too long", "now"],
)
def test_a_job_is_late_three_intervals_and_a_minute_after_its_last_success(
    succeeded: timedelta | None, made: timedelta, late: bool
) -> None:
    now = timezone.now()
    row = JobRun(name=JOB.name, created_at=now - made, started_at=now, failures=7)
    row.succeeded_at = None if succeeded is None else now - succeeded
    assert row.is_late is late


def test_a_job_that_is_no_longer_in_the_code_is_not_late() -> None:
    row = JobRun(name="gone", created_at=timezone.now() - timedelta(days=9))
    assert row.every is None
    assert not row.is_late


def test_the_report_shows_the_result_of_each_job(viewer: Client) -> None:
    long_ago = timezone.now() - timedelta(days=9)
    ok, failing, late = all_jobs()[:3]
    JobRun.objects.create(name=ok.name, succeeded_at=timezone.now())
    JobRun.objects.create(
        name=failing.name,
        succeeded_at=timezone.now(),
        failures=2,
        last_error="ValueError: <b>no</b>",
    )
    JobRun.objects.create(name=late.name, succeeded_at=long_ago)
    JobRun.objects.create(name="gone", succeeded_at=long_ago)
    main = viewer.get(REPORT).content.decode().split("<main", 1)[1]
    for text in (
        ok.name,
        "on time",
        "failing",
        "ValueError: &lt;b&gt;no&lt;/b&gt;",
        "late",
        "removed",
    ):
        assert text in main
    for odd in ("?ordering=-failures", "?ordering=odd", "?p=99", "results/"):
        assert viewer.get(REPORT + odd).status_code == 200
    assert viewer.get(REPORT + "?export=csv").status_code == 404
    with CaptureQueriesContext(connection) as queries:
        viewer.get(REPORT)
    assert len(queries) <= 15


def test_an_empty_report_asks_whether_the_worker_is_running(viewer: Client) -> None:
    assert "Is the worker running?" in viewer.get(REPORT).content.decode()


def test_the_report_is_in_the_menu_of_those_who_may_view_it_only(
    viewer: Client, client_of: Browser
) -> None:
    editor = client_of(make_staff(role="Price editors", email="editor@example.com"))
    JobRun.objects.create(name=JOB.name)
    assert REPORT in viewer.get("/admin/").content.decode()
    assert REPORT not in editor.get("/admin/").content.decode()
    for address in (REPORT, REPORT + "results/"):
        assert editor.get(address).status_code == 302


def test_the_dashboard_names_late_jobs_because_a_dead_worker_raises_no_alert(
    viewer: Client, client_of: Browser
) -> None:
    now = timezone.now()
    never, late, *others = all_jobs()
    JobRun.objects.create(name=late.name, succeeded_at=now - timedelta(days=9))
    JobRun.objects.bulk_create([JobRun(name=job.name, succeeded_at=now) for job in others])
    home = viewer.get("/admin/").content.decode()
    assert f"Late jobs: {never.name}, {late.name}." in " ".join(home.split())
    editor = make_staff(role="Price editors", email="editor@example.com")
    assert "The worker is not running" not in client_of(editor).get("/admin/").content.decode()
    JobRun.objects.update(succeeded_at=now)
    JobRun.objects.create(name=never.name, succeeded_at=now)
    assert "The worker is not running" not in viewer.get("/admin/").content.decode()


def test_nobody_can_change_a_job(client_of: Browser) -> None:
    root = client_of(User.objects.create_superuser("admin@example.com", "a-long-password"))
    JobRun.objects.create(name=JOB.name)
    assert root.get(REPORT).status_code == 200
    assert root.post(REPORT, {"name": "changed"}).status_code == 405
    assert JobRun.objects.get().name == JOB.name
    permission = Permission.objects.get(content_type__app_label="worker")
    assert permission.codename == "view_jobrun"
    assert f'value="{permission.pk}"' in root.get("/admin/groups/new/").content.decode()
