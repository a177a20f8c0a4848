"""The detached process that starts the server, waits until no process uses it, and stops it.

    python -m django_local_postgres.supervisor HOME WHEEL RUNNABLE

It has no terminal and is not a child of any process that uses the server, so neither Ctrl-C nor
`kill -9` can leave a server that is started but not watched. It prints READY or an error message.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path

from django_local_postgres import locks
from django_local_postgres.cluster import Cluster, ServerError

READY = "ready"


def main() -> None:
    """Fork, so that the caller gets control back at once, and supervise in the child."""
    if os.fork() == 0:
        supervise(Cluster(*map(Path, sys.argv[1:])))


def supervise(cluster: Cluster) -> None:
    """Start the server, then watch it unless another supervisor does."""
    watcher = locks.open_lock(cluster.lock("watcher"))
    with locks.locked(cluster.lock("start")):
        answer = start(cluster)
        watching = locks.try_lock_alone(watcher)
    report(answer)
    if watching:
        watch(cluster, watcher)


def start(cluster: Cluster) -> str:
    """Start the server unless it runs. Returns READY, or the error message for the caller."""
    try:
        cluster.start()
    except (ServerError, OSError) as error:
        return str(error)
    return READY


def report(answer: str) -> None:
    """Send the answer to the caller, then release the pipe and the working folder."""
    with suppress(BrokenPipeError):  # the caller may have ended
        os.write(sys.stdout.fileno(), answer.encode())
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    os.chdir("/")


def watch(cluster: Cluster, watcher: int) -> None:
    """Wait until no process uses the server, then stop it."""
    users = locks.open_lock(cluster.lock("users"))
    locks.lock_alone(users)
    # If the folder was deleted while the server ran, a new server may already be in its place.
    if not locks.is_file_at(users, cluster.lock("users")):
        return
    # Release this first: a process that connects from now on must not count on this supervisor.
    os.close(watcher)
    with locks.locked(cluster.lock("start")):
        cluster.stop()


if __name__ == "__main__":
    main()
