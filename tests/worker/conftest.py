"""Real worker processes on the test's database, and the notes that their jobs leave."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.db import connection

ROOT = Path(__file__).parents[2]
TIMEOUT = 60.0  # seconds that anything may take, on a busy machine
STARTED = " started. Its jobs: "  # in the log line of a worker
DATABASE_KEYS = ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT")


@dataclass(frozen=True)
class Note:
    word: str
    pid: int
    at: float


class Probe:
    """Starts commands of the probe project and reads the notes of its jobs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hold = folder / "hold"
        self.started: list[subprocess.Popen[str]] = []

    def command(self, *words: str) -> subprocess.Popen[str]:
        """Start `manage.py` with these arguments."""
        database = {key: connection.settings_dict[key] for key in DATABASE_KEYS}
        database |= {"CONN_MAX_AGE": None, "OPTIONS": {"application_name": "probe"}}
        env = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.worker.probe.settings",
            "PROBE_DATABASE": json.dumps(database),
            "PROBE_FOLDER": str(self.folder),
        }
        pipe = subprocess.PIPE
        process = subprocess.Popen(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=env,
            stdout=pipe,
            stderr=self.errors.open("a"),
            text=True,
        )
        self.started.append(process)
        return process

    def worker(self) -> subprocess.Popen[str]:
        """Start a worker, and return once it runs its jobs."""
        before = self.stderr().count(STARTED)
        process = self.command("worker")
        wait_until(lambda: self.stderr().count(STARTED) > before)
        return process

    @property
    def errors(self) -> Path:
        return self.folder / "errors"

    def stderr(self) -> str:
        """What all processes have written to standard error."""
        return self.errors.read_text() if self.errors.exists() else ""

    def notes(self, word: str) -> list[Note]:
        """The notes with this word, oldest first."""
        path = self.folder / "notes"
        lines = path.read_text().splitlines() if path.exists() else []
        notes = [Note(word, int(pid), float(at)) for word, pid, at in map(str.split, lines)]
        return sorted((note for note in notes if note.word == word), key=lambda note: note.at)

    def wait_for(self, word: str, count: int = 1) -> None:
        """Return once jobs have noted `word` that often."""
        wait_until(lambda: len(self.notes(word)) >= count)

    def end(self) -> None:
        """Kill the processes that a test left running."""
        for process in self.started:
            process.kill()
            process.communicate()


def wait_until(condition: Callable[[], bool]) -> None:
    """Return once the condition holds; fail after TIMEOUT."""
    end = time.monotonic() + TIMEOUT
    while not condition():
        assert time.monotonic() < end, "the condition did not become true in time"
        time.sleep(0.02)


def stop(process: subprocess.Popen[str], *signals: int) -> int:
    """Send the signals, by default SIGTERM, and return the exit code."""
    for number in signals or [signal.SIGTERM]:
        process.send_signal(number)
    return process.wait(TIMEOUT)


@pytest.fixture
def probe(tmp_path: Path, committed_db: None) -> Iterator[Probe]:
    probe = Probe(tmp_path)
    yield probe
    probe.end()
