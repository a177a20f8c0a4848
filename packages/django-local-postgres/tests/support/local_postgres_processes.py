"""Processes that use a server, and questions that tests ask about processes."""

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

from django_local_postgres.cluster import digest

PACKAGE_ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("client_process.py")
SERVER_PID = "SELECT split_part(pg_read_file('postmaster.pid'), chr(10), 1)::int"
TIMEOUT = 60  # seconds; a busy machine may be slow


class Client:
    """A process that uses the server in a folder; `options` go to Popen."""

    def __init__(
        self,
        folder: Path,
        pids: set[int],
        *,
        python: Path = Path(sys.executable),
        script: Path = SCRIPT,
        **options: Any,
    ) -> None:
        self.folder = folder
        self.pids = pids
        base = {"PATH": os.environ["PATH"], "PYTHONPATH": str(PACKAGE_ROOT)}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        options["env"] = base | options.get("env", {})
        options = {"process_group": 0, "cwd": "/", **pipes, **options}
        self.process = subprocess.Popen([python, script, folder], **options)

    def send(self, line: str) -> None:
        """Send a query without waiting for the answer."""
        assert self.process.stdin
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def answer(self) -> Any:
        """Return the first row of the oldest query sent, or {name of the error: message}."""
        assert self.process.stdout
        assert select.select([self.process.stdout], [], [], TIMEOUT)[0], "no answer"
        return json.loads(self.process.stdout.readline())

    def ask(self, line: str) -> Any:
        """Send a query and wait for its answer."""
        self.send(line)
        return self.answer()

    def server(self) -> int:
        """Connect if necessary, and return the server's process id."""
        answer = self.ask(SERVER_PID)
        assert isinstance(answer, list), answer
        self.pids.add(answer[0])
        return int(answer[0])

    def end(self, number: int | None = None) -> None:
        """End the process by a signal, or by closing its input."""
        if number:
            self.process.send_signal(number)
        if self.process.stdin and not self.process.stdin.closed:
            self.process.stdin.close()
        self.process.wait(TIMEOUT)
        if self.process.stdout:
            self.process.stdout.close()


Use = Callable[..., Client]


def is_alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


def wait_until_gone(*pids: int) -> None:
    """Wait until none of the processes exists, or fail."""
    deadline = time.monotonic() + TIMEOUT
    while any(map(is_alive, pids)):
        assert time.monotonic() < deadline, f"still there: {[pid for pid in pids if is_alive(pid)]}"
        time.sleep(0.02)


def fallback_folder_of(folder: Path, clone: Path) -> Path:
    """The folder for what the server cannot use in `folder`; the clone is the tests' TMPDIR."""
    parent = "/var/lib" if os.geteuid() == 0 else clone
    return Path(parent, f"local_postgres-{os.geteuid()}-{digest(folder)}")


def wait_until_stopped(folder: Path) -> None:
    """Wait until the supervisor has finished stopping the server."""
    with (folder / "users.lock").open() as users:
        fcntl.flock(users, fcntl.LOCK_EX)
