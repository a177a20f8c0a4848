"""`manage.py run_job` as a process, with and without a worker."""

from tests.worker.conftest import TIMEOUT, Probe
from worker.models import JobRun


def test_a_job_runs_in_the_foreground_while_a_worker_runs_it_too(probe: Probe) -> None:
    probe.hold.touch()
    probe.worker()
    probe.wait_for("began")
    command = probe.command("run_job", "held")
    probe.wait_for("began", 2)
    assert command.poll() is None
    probe.hold.unlink()
    assert command.wait(TIMEOUT) == 0
    assert command.pid in {note.pid for note in probe.notes("ended")}


def test_a_success_is_recorded_and_listed(probe: Probe) -> None:
    assert probe.command("run_job", "quick").wait(TIMEOUT) == 0
    run = JobRun.objects.get(name="quick")
    assert run.started_at is not None
    assert run.succeeded_at is not None
    assert run.started_at < run.succeeded_at
    listed, _ = probe.command("run_job").communicate(timeout=TIMEOUT)
    broken, held, quick, waking = listed.splitlines()
    assert broken == "broken: every 0:00:00.100000, no success yet"
    assert held == "held: every 1:00:00, no success yet"
    assert quick.startswith("quick: every 0:00:01, last success ")
    assert waking == "waking: every 1:00:00, no success yet"


def test_an_error_is_recorded_and_ends_the_command(probe: Probe) -> None:
    assert probe.command("run_job", "broken").wait(TIMEOUT) == 1
    assert "ValueError: Nothing here works." in probe.stderr()
    assert JobRun.objects.get(name="broken").last_error == "ValueError: Nothing here works."
    listed, _ = probe.command("run_job").communicate(timeout=TIMEOUT)
    assert listed.splitlines()[0].endswith(
        "no success yet, last error: ValueError: Nothing here works."
    )


def test_an_unknown_name_is_refused_and_the_known_ones_are_listed(probe: Probe) -> None:
    assert probe.command("run_job", "quack").wait(TIMEOUT) == 1
    assert (
        "There is no job called 'quack'. The jobs are: broken, held, quick, waking."
        in probe.stderr()
    )
    assert not JobRun.objects.exists()


def test_a_database_that_a_check_refuses_stops_the_command_before_the_job(probe: Probe) -> None:
    (probe.folder / "refuse").touch()
    assert probe.command("run_job", "quick").wait(TIMEOUT) == 1
    assert "This shop must not start." in probe.stderr()
    assert probe.notes("quick") == []
    assert not JobRun.objects.exists()
