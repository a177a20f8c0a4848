"""`manage.py worker` as a process: several at once, stopped, killed, and without a database."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import pairwise

from django.db import connection
from django.utils import timezone

from tests.worker.conftest import STARTED, TIMEOUT, Probe, stop, wait_until
from worker.models import JobRun
from worker.policy import FRESH, LEASE


@contextmanager
def no_database() -> Iterator[None]:
    """Break the probe's connections and refuse new ones. The test keeps its own."""
    name = connection.ops.quote_name(connection.settings_dict["NAME"])
    connection.ensure_connection()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        try:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'probe' AND datname = %s",
                [connection.settings_dict["NAME"]],
            )
            yield
        finally:
            cursor.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


def test_two_workers_run_a_job_once_per_interval(probe: Probe) -> None:
    workers = [probe.worker(), probe.worker()]
    seen = len(probe.notes("quick"))
    probe.wait_for("quick", seen + 4)
    assert [stop(worker) for worker in workers] == [0, 0]
    runs = [note.at for note in probe.notes("quick")]
    gaps = [later - earlier for earlier, later in pairwise(runs)]
    assert min(gaps) > 0.95
    assert len(probe.notes("began")) == 1


def test_a_job_at_start_runs_when_a_worker_starts_even_if_it_is_not_due(probe: Probe) -> None:
    JobRun.objects.create(name="waking", due_at=timezone.now() + timedelta(minutes=59))
    first = probe.worker()
    probe.wait_for("woke")
    assert stop(first) == 0
    JobRun.objects.filter(name="waking").update(succeeded_at=timezone.now() - FRESH)
    second = probe.worker()
    probe.wait_for("woke", 2)
    probe.wait_for("quick", len(probe.notes("quick")) + 2)
    assert stop(second) == 0
    assert [note.pid for note in probe.notes("woke")] == [first.pid, second.pid]


def test_a_run_that_is_longer_than_a_lease_is_not_done_twice(probe: Probe) -> None:
    probe.hold.touch()
    workers = [probe.worker(), probe.worker()]
    probe.wait_for("began")
    first_lease_ends = JobRun.objects.get(name="held").due_at
    wait_until(lambda: timezone.now() > first_lease_ends + LEASE)
    assert JobRun.objects.get(name="held").due_at > first_lease_ends
    probe.hold.unlink()
    probe.wait_for("ended")
    assert [stop(worker) for worker in workers] == [0, 0]
    assert len(probe.notes("began")) == 1


def test_sigterm_lets_a_running_job_finish_and_the_exit_code_is_0(probe: Probe) -> None:
    probe.hold.touch()
    worker = probe.worker()
    probe.wait_for("began")
    worker.send_signal(signal.SIGTERM)
    wait_until(lambda: " is stopping" in probe.stderr())
    assert worker.poll() is None
    probe.hold.unlink()
    assert worker.wait(TIMEOUT) == 0
    assert len(probe.notes("ended")) == 1
    run = JobRun.objects.get(name="held")
    assert run.succeeded_at is not None
    assert run.holder == ""


def test_ctrl_c_followed_by_more_signals_ends_an_idle_worker_at_once_and_quietly(
    probe: Probe,
) -> None:
    JobRun.objects.create(name="broken", due_at=timezone.now() + timedelta(minutes=4))
    worker = probe.worker()
    probe.wait_for("ended")
    before = time.monotonic()
    assert stop(worker, signal.SIGINT, signal.SIGTERM, signal.SIGTERM, signal.SIGINT) == 0
    assert time.monotonic() - before < 2
    assert "Traceback" not in probe.stderr()


def test_another_worker_takes_over_when_the_lease_of_a_killed_one_ends(probe: Probe) -> None:
    probe.hold.touch()
    killed = probe.worker()
    probe.wait_for("began")
    assert stop(killed, signal.SIGKILL) == -signal.SIGKILL
    lease_end = JobRun.objects.get(name="held").due_at
    assert lease_end - timezone.now() <= LEASE
    successor = probe.worker()
    probe.wait_for("began", 2)
    assert probe.notes("began")[1].pid == successor.pid
    assert probe.notes("began")[1].at >= lease_end.timestamp()
    probe.hold.unlink()
    assert stop(successor) == 0


def test_a_job_that_fails_waits_longer_each_time_while_the_others_continue(probe: Probe) -> None:
    worker = probe.worker()
    probe.wait_for("broken", 3)
    assert worker.poll() is None
    first, second, third = (note.at for note in probe.notes("broken")[:3])
    assert second - first > 1.9
    assert third - second > 3.9
    probe.wait_for("quick", 4)
    wait_until(lambda: JobRun.objects.get(name="broken").failures == 3)
    run = JobRun.objects.get(name="broken")
    assert run.last_error == "ValueError: Nothing here works."
    assert run.succeeded_at is None
    assert "Traceback" in probe.stderr()
    assert stop(worker) == 0


def test_workers_survive_an_outage_of_the_database(probe: Probe) -> None:
    running = probe.worker()
    probe.wait_for("quick")
    with no_database():
        wait_until(lambda: "Job quick is waiting" in probe.stderr())
        runs = len(probe.notes("quick"))
        starting = probe.command("worker")
        wait_until(lambda: "The worker is waiting" in probe.stderr())
        assert len(probe.notes("quick")) == runs
    probe.wait_for("quick", runs + 3)
    wait_until(lambda: probe.stderr().count(STARTED) == 2)
    assert [stop(running), stop(starting)] == [0, 0]


def test_a_worker_that_is_waiting_for_the_database_can_be_stopped(probe: Probe) -> None:
    with no_database():
        worker = probe.command("worker")
        wait_until(lambda: "The worker is waiting" in probe.stderr())
        assert stop(worker) == 0
    assert "Traceback" not in probe.stderr()


def test_a_worker_refuses_to_start_if_a_check_of_the_database_fails(probe: Probe) -> None:
    (probe.folder / "refuse").touch()
    assert probe.command("worker").wait(TIMEOUT) == 1
    assert "This shop must not start." in probe.stderr()
    assert probe.notes("quick") == []
    assert not JobRun.objects.exists()
