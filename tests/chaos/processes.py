"""The shop's processes and the sandbox, each with a log of its own; killed and started again as the
faults order it.
"""

import http.client
import os
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from tests.chaos.mail_server import FaultyServer
from tests.ports import reserved_ports

ROOT = Path(__file__).resolve().parents[2]
SOURCES = (ROOT, ROOT / "site", *sorted(ROOT.glob("packages/*")))
PATIENCE = 120.0  # seconds for a server to answer, or for a process to end when asked to


class Process:
    """A Python program that runs between `start` and `stop`.

    It may die and be started again; the log goes on.
    """

    def __init__(self, command: list[str], environment: dict[str, str], log: Path) -> None:
        self.command, self.log = [sys.executable, *command], log
        self.environment = {**os.environ, **environment}
        self._running: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Of the present process. Raises RuntimeError if it never ran."""
        if self._running is None:
            raise RuntimeError(f"{self.command} was never started.")
        return self._running.pid

    def start(self) -> None:
        """Start it, unless it runs."""
        if self._running is None or self._running.poll() is not None:
            with self.log.open("ab") as log:
                self._running = subprocess.Popen(
                    self.command,
                    cwd=ROOT,
                    env=self.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                )

    def kill(self) -> None:
        """End it as the kernel does when memory is short."""
        if self._running:
            self._running.kill()
            self._running.wait()

    def kill_all(self) -> None:
        """Kill it and every process it has started, as when a container runs out of memory."""
        children = self.children()
        self.kill()
        for pid in children:
            kill_child(pid)

    def stop(self) -> None:
        """Terminate it, and kill it if it does not end in time."""
        if self._running is None:
            return
        self._running.terminate()
        try:
            self._running.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()

    def children(self) -> list[int]:
        """The processes it has started, such as gunicorn's workers."""
        listed = subprocess.run(
            ["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True
        ).stdout
        pairs = (line.split() for line in listed.splitlines())
        return sorted(int(pid) for pid, parent in pairs if int(parent) == self.pid)


def kill_child(pid: int) -> None:
    """SIGKILL to a process that `children` named; it may have ended by itself since."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def answers(url: str) -> bool:
    """Whether a page answers with success."""
    try:
        urllib.request.urlopen(url, timeout=10).close()  # noqa: S310 - our own http address
    except (OSError, http.client.HTTPException):
        return False
    return True


def wait_for(url: str) -> None:
    """Return when a page answers with success. Raises RuntimeError when it does not in time."""
    end = time.monotonic() + PATIENCE
    while not answers(url):
        if time.monotonic() > end:
            raise RuntimeError(f"Nothing answers at {url}.")
        time.sleep(0.1)


class Shop:
    """Web, worker and sandbox of one run, in `folder`, on the database at `database_url`."""

    def __init__(
        self, folder: Path, database_url: str, *, seed: int, quick: bool, alone: bool, bug: str
    ) -> None:
        self.mail = FaultyServer(seed)
        self._reservation = ExitStack()
        port, sandbox_port = self._reservation.enter_context(reserved_ports(2))
        self.url, self.sandbox_url = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{sandbox_port}"
        self.sandbox_state = folder / "sandbox.sqlite3"
        self.environment = {
            "PYTHONPATH": os.pathsep.join(map(str, SOURCES)),
            "PYTHONHASHSEED": str(seed),
            "PYTHONUNBUFFERED": "1",
            "DJANGO_SETTINGS_MODULE": "tests.chaos.settings",
            "DATABASE_URL": database_url,
            "PORT": str(port),
            "SANDBOX_URL": self.sandbox_url,
            "CHAOS_MAIL_PORT": str(self.mail.port),
            "CHAOS_HURRY": "1" if quick else "",
            "CHAOS_ALONE": "",
            "CHAOS_BUG": "",
        }
        changes = {"CHAOS_ALONE": "1" if alone else "", "CHAOS_BUG": bug}
        ours = {**self.environment, **changes, "WEB_CONCURRENCY": "3", "WEB_THREADS": "16"}
        self.web = Process(
            ["-m", "gunicorn", "--bind", f"127.0.0.1:{port}"], ours, folder / "web.log"
        )
        self.worker = Process(["manage.py", "worker"], ours, folder / "worker.log")
        self.sandbox = Process(
            ["-m", "stripe_sandbox"],
            self._sandbox_environment(sandbox_port),
            folder / "sandbox.log",
        )

    def _sandbox_environment(self, port: int) -> dict[str, str]:
        return {
            "PYTHONPATH": os.pathsep.join(map(str, SOURCES)),
            "SANDBOX_PORT": str(port),
            "SANDBOX_PUBLIC_URL": self.sandbox_url,
            "SANDBOX_STATE": str(self.sandbox_state),
            "SANDBOX_WEBHOOK_URL": f"{self.url}/stripe/webhook/",
            "SANDBOX_BANK_SECONDS": "3",
            "STRIPE_WEBHOOK_SECRET": "whsec_tests",
        }

    def start(self) -> None:
        """Start all three; return when visitors may come."""
        for process in (self.sandbox, self.web, self.worker):
            process.start()
        wait_for(f"{self.sandbox_url}/_sandbox/state")
        wait_for(f"{self.url}/readyz")

    def stop(self) -> None:
        """End what runs."""
        for process in (self.web, self.worker, self.sandbox):
            process.stop()
        self.mail.stop()
        self._reservation.close()
