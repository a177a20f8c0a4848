"""Processes that use a server, and what tests ask about processes."""

import fcntl
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from local_postgres.cluster import digest

SITE = Path(__file__).parents[2] / "site"
SCRIPT = Path(__file__).with_name("process_using_it.py")
SERVER_PID = "SELECT split_part(pg_read_file('postmaster.pid'), chr(10), 1)::int"
PATIENCE = 30  # seconds


class Using:
    """A process that uses the server in a folder; `how` goes to Popen."""

    def __init__(
        self, folder: Path, pids: set[int], *, python: Path = Path(sys.executable), script: Path = SCRIPT, **how: Any
    ) -> None:
        self.folder = folder
        self.pids = pids
        env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SITE)} | how.pop("env", {})
        how = {"env": env, "process_group": 0, "cwd": "/", "stdin": subprocess.PIPE, "stdout": subprocess.PIPE} | how
        self.process = subprocess.Popen([python, script, folder], **how)

    def send(self, line: str) -> None:
        """Send a query, and do not wait for the answer."""
        assert self.process.stdin
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def answer(self) -> Any:
        """Return the first row of the oldest query sent, or {error's class: text}."""
        assert self.process.stdout
        assert select.select([self.process.stdout], [], [], PATIENCE)[0], "no answer"
        return json.loads(self.process.stdout.readline())

    def ask(self, line: str) -> Any:
        """Send a query and wait for its answer."""
        self.send(line)
        return self.answer()

    def server(self) -> int:
        """Connect if we are not connected, and return the server's process id."""
        answer = self.ask(SERVER_PID)
        assert isinstance(answer, list), answer
        self.pids.add(answer[0])
        return int(answer[0])

    def end(self, number: int | None = None) -> None:
        """End by a signal, or by the end of the input."""
        if number:
            self.process.send_signal(number)
        if self.process.stdin and not self.process.stdin.closed:
            self.process.stdin.close()
        self.process.wait(PATIENCE)
        if self.process.stdout:
            self.process.stdout.close()


Use = Callable[..., Using]


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that has ended only waits for its parent to notice."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


def wait_until_gone(*pids: int, seconds: float = 5) -> None:
    """Wait until none of the processes exists, or fail."""
    deadline = time.monotonic() + seconds
    while any(map(is_alive, pids)):
        assert time.monotonic() < deadline, f"still there: {[pid for pid in pids if is_alive(pid)]}"
        time.sleep(0.02)


def shelter_of(folder: Path, clone: Path) -> Path:
    """Where things go that the server cannot use inside the clone; the clone is the tests' TMPDIR."""
    return Path("/var/lib" if os.geteuid() == 0 else clone, f"local_postgres-{os.geteuid()}-{digest(folder)}")


def wait_until_stopped(folder: Path) -> None:
    """Wait until the keeper, too, has finished with the server that it stopped."""
    with (folder / "users.lock").open() as users:
        fcntl.flock(users, fcntl.LOCK_EX)
