"""A process's side: take part in the server, and ask for it to be started."""

import os
import subprocess
import sys
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from psycopg2 import OperationalError

from local_postgres import locks, place
from local_postgres.cluster import Cluster

_held: dict[Path, int] = {}  # file descriptors of `users` locks, never closed


def join(cluster: Cluster) -> None:
    """Count this process as a user of the server until it ends; its children by fork as well."""
    users = cluster.lock("users")
    if users in _held and locks.is_file_at(_held[users], users):
        return
    try:
        place.prepare(cluster)
        _hold(users)
        watched = locks.is_locked(cluster.lock("watcher"))
    except PermissionError as error:
        raise ImproperlyConfigured(
            f"{cluster.home} belongs to another user: go on as that user, or remove it."
        ) from error
    if not watched:
        start(cluster)


def _hold(users: Path) -> None:
    fd = locks.open_lock(users)
    locks.lock_shared(fd)
    # Two threads may come here at once: then this process holds the lock twice, which does no harm.
    _held[users] = fd


def start(cluster: Cluster) -> None:
    """Return when the server answers and is watched. Raises OperationalError with the reason if it cannot be started."""
    place.prepare(cluster)
    done = subprocess.run(
        [sys.executable, "-m", "local_postgres.keeper", cluster.home, cluster.wheel, cluster.programs],
        cwd=Path(__file__).parents[1],  # where -m finds the package, whatever sys.path says
        env={name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        check=False,
        text=True,
    )
    if done.stdout:
        raise OperationalError(done.stdout.strip())
