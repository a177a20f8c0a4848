"""A process's side: take part in the server, and ask for it to be started."""

import os
import subprocess
import sys
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.db.utils import OperationalError

from local_postgres import keeper, locks, place
from local_postgres.cluster import Cluster

_held: dict[Path, int] = {}  # file descriptors of `users` locks, never closed


def join(cluster: Cluster) -> None:
    """Count this process as a user of the server until it ends; its children by fork as well.

    Raises ImproperlyConfigured and OperationalError.
    """
    users = cluster.lock("users")
    if users in _held and locks.is_file_at(_held[users], users):
        return
    _hold(users)
    with locks.locked(cluster.lock("start")):
        watched = locks.is_locked(cluster.lock("watcher"))
    if not watched:
        start(cluster)


def _hold(users: Path) -> None:
    try:
        users.parent.mkdir(parents=True, exist_ok=True)
        fd = locks.open_lock(users)
    except PermissionError as error:
        raise ImproperlyConfigured(
            f"{users.parent} was made by another user: go on as that user, or remove it."
        ) from error
    # While a server is being stopped, this waits.
    locks.lock_shared(fd)
    # Two threads may come here at once: then this process holds the lock twice, which does no harm.
    _held[users] = fd


def start(cluster: Cluster) -> None:
    """Return when the server answers and is watched. Raises ImproperlyConfigured and OperationalError."""
    place.prepare(cluster)
    answer = _ask_keeper(cluster)
    if answer != keeper.READY:
        raise OperationalError(answer or "The process that starts PostgreSQL was killed.")


def _ask_keeper(cluster: Cluster) -> str:
    command: list[str | Path] = [sys.executable, "-m", keeper.__name__, cluster.home, cluster.wheel, cluster.runnable]
    done = subprocess.run(  # noqa: S603 - no shell, our own words
        command,
        cwd=Path(__file__).parents[1],  # where -m finds the package, whatever sys.path says
        env={name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        check=False,
    )
    return done.stdout.decode(errors="replace").strip()
