"""Leases, intervals and pauses, as stored in the rows."""

import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.utils import timezone

from worker.models import JobRun
from worker.policy import LAST_RETRY, LEASE, LONGEST_ERROR
from worker.registry import Job, all_jobs, find, job
from worker.runs import run

HOURLY = Job("hourly", timedelta(hours=1), lambda: None)
AT_START = Job("at_start", timedelta(hours=1), lambda: None, at_start=True)
OFTEN = Job("often", timedelta(seconds=2), lambda: None)


def let_pass(name: str, time: timedelta) -> None:
    row = JobRun.objects.get(name=name)
    JobRun.objects.filter(name=name).update(due_at=row.due_at - time)


def test_a_name_can_be_registered_only_once() -> None:
    known = all_jobs()[0]
    with pytest.raises(ValueError, match=known.name):
        job(known.name, every=timedelta(seconds=1))(lambda: None)
    assert find(known.name) is known


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(LookupError, match="quack"):
        find("quack")


@pytest.mark.usefixtures("committed_db")
def test_of_many_workers_that_claim_a_job_at_once_one_gets_it() -> None:
    def claim(holder: str) -> bool:
        try:
            return JobRun.objects.claim(HOURLY, holder)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        claims = list(threads.map(claim, "abcdefgh"))
    assert claims.count(True) == 1
    assert JobRun.objects.get().holder == "abcdefgh"[claims.index(True)]


@pytest.mark.django_db
def test_a_lease_ends_unless_it_is_renewed() -> None:
    assert JobRun.objects.claim(HOURLY, "a")
    let_pass("hourly", LEASE)
    JobRun.objects.renew("a")
    assert not JobRun.objects.claim(HOURLY, "b")
    let_pass("hourly", LEASE)
    assert JobRun.objects.claim(HOURLY, "b")
    JobRun.objects.renew("a")
    assert JobRun.objects.get().holder == "b"


@pytest.mark.django_db
def test_a_job_is_due_again_after_its_interval() -> None:
    assert JobRun.objects.seconds_until_due(HOURLY) == 0
    assert JobRun.objects.claim(HOURLY, "a")
    run(HOURLY)
    assert 3590 < JobRun.objects.seconds_until_due(HOURLY) <= 3600
    assert not JobRun.objects.claim(HOURLY, "a")
    let_pass("hourly", timedelta(minutes=59))
    assert not JobRun.objects.claim(HOURLY, "b")
    let_pass("hourly", timedelta(minutes=1))
    assert JobRun.objects.seconds_until_due(HOURLY) == 0
    assert JobRun.objects.claim(HOURLY, "b")


@pytest.mark.django_db
def test_the_pause_after_failures_doubles_up_to_a_limit_until_a_success() -> None:
    JobRun.objects.claim(OFTEN, "a")
    pauses = []
    for _ in range(20):
        JobRun.objects.failed(OFTEN, ValueError("no"))
        pauses.append(round(JobRun.objects.seconds_until_due(OFTEN)))
    assert pauses[:9] == [2, 4, 8, 16, 32, 64, 128, 256, 300]
    assert set(pauses[9:]) == {LAST_RETRY.total_seconds()}
    run(OFTEN)
    row = JobRun.objects.get()
    assert (row.failures, row.last_error) == (0, "")
    assert round(JobRun.objects.seconds_until_due(OFTEN)) == 2


@pytest.mark.django_db
def test_a_due_time_later_than_any_possible_wait_is_ignored() -> None:
    JobRun.objects.create(name="often", due_at=timezone.now() + timedelta(minutes=6))
    JobRun.objects.create(name="hourly", due_at=timezone.now() + timedelta(minutes=6))
    assert JobRun.objects.claim(OFTEN, "a")
    assert not JobRun.objects.claim(HOURLY, "a")


@pytest.mark.usefixtures("committed_db")
def test_any_error_text_can_be_stored_and_the_error_is_raised_again() -> None:
    def fail() -> None:
        raise ValueError("half \ud800, none \0, " + "long " * 500)

    JobRun.objects.claim(OFTEN, "a")
    with pytest.raises(ValueError, match="half"):
        run(Job("often", OFTEN.every, fail))
    row = JobRun.objects.get()
    assert row.last_error.startswith("ValueError: half , none , long ")
    assert len(row.last_error) == LONGEST_ERROR
    assert (row.holder, row.succeeded_at) == ("", None)


@pytest.mark.usefixtures("committed_db")
def test_a_job_that_calls_sys_exit_ends_only_its_own_run() -> None:
    JobRun.objects.claim(OFTEN, "a")
    with pytest.raises(SystemExit):
        run(Job("often", OFTEN.every, partial(sys.exit, "no more")))
    row = JobRun.objects.get()
    assert (row.holder, row.failures, row.last_error) == ("", 1, "SystemExit: no more")


def let_minutes_pass(minutes: int) -> None:
    """Make all recorded times that much older."""
    ago = timezone.now() - timedelta(minutes=minutes)
    JobRun.objects.update(started_at=ago, succeeded_at=ago)


@pytest.mark.django_db
def test_a_job_at_start_is_due_for_a_worker_that_started_after_its_last_run() -> None:
    assert JobRun.objects.claim(AT_START, "a", age=timedelta(0))
    run(AT_START)
    let_minutes_pass(5)
    assert not JobRun.objects.claim(AT_START, "b", age=timedelta(minutes=6))
    assert not JobRun.objects.claim(AT_START, "b")
    assert JobRun.objects.claim(AT_START, "b", age=timedelta(minutes=4))
    assert not JobRun.objects.claim(AT_START, "c", age=timedelta(0)), "b is running it"
    run(AT_START)
    let_minutes_pass(4)
    assert not JobRun.objects.claim(AT_START, "c", age=timedelta(minutes=5)), (
        "b started it while c was running"
    )


@pytest.mark.django_db
def test_a_worker_that_crashes_repeatedly_does_not_run_jobs_at_start_each_time() -> None:
    assert JobRun.objects.claim(AT_START, "a", age=timedelta(0))
    run(AT_START)
    let_minutes_pass(2)
    assert not JobRun.objects.claim(AT_START, "b", age=timedelta(0))
    let_minutes_pass(4)  # two minutes later
    assert JobRun.objects.claim(AT_START, "b", age=timedelta(minutes=2))


@pytest.mark.django_db
def test_a_job_at_start_that_fails_waits_like_others() -> None:
    assert JobRun.objects.claim(AT_START, "a", age=timedelta(0))
    JobRun.objects.failed(AT_START, ValueError("no"))
    assert not JobRun.objects.claim(AT_START, "a", age=timedelta(seconds=5))


@pytest.mark.django_db
def test_starting_a_worker_makes_no_other_jobs_due() -> None:
    assert JobRun.objects.claim(HOURLY, "a", age=timedelta(0))
    run(HOURLY)
    JobRun.objects.update(started_at=timezone.now() - timedelta(minutes=5))
    assert not JobRun.objects.claim(HOURLY, "b", age=timedelta(0))
