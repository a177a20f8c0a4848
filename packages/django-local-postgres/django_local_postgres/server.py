"""What every process does that uses the server: count as a user, and have the server started."""

import os
import subprocess
import sys
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.db.utils import OperationalError

from django_local_postgres import location, locks, supervisor
from django_local_postgres.cluster import Cluster

_held: dict[Path, int] = {}  # file descriptors of `users` locks, never closed


def join(cluster: Cluster) -> None:
    """Count this process, and its children by fork, as users of the server until they end.

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
            f"{users.parent} was created by another user. Continue as that user, or remove it."
        ) from error
    # While a server is being stopped, this waits.
    locks.lock_shared(fd)
    # If two threads get here at once, this process holds the lock twice, which is harmless.
    _held[users] = fd


def start(cluster: Cluster) -> None:
    """Return once the server answers and is watched.

    Raises ImproperlyConfigured and OperationalError.
    """
    location.prepare(cluster)
    answer = _ask_supervisor(cluster)
    if answer != supervisor.READY:
        raise OperationalError(answer or "The process that starts PostgreSQL was killed.")


def _ask_supervisor(cluster: Cluster) -> str:
    arguments = [cluster.home, cluster.wheel, cluster.runnable]
    command: list[str | Path] = [sys.executable, "-m", supervisor.__name__, *arguments]
    done = subprocess.run(  # noqa: S603 - no shell
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
