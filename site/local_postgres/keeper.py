"""The detached process that starts the server, waits until no process uses it, and stops it.

    python -m local_postgres.keeper HOME WHEEL RUNNABLE

It belongs to no terminal and to no user of the server, so that neither Ctrl-C nor `kill -9` can come between "started"
and "watched". Its output, to be read to the end, is READY or what is wrong.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path

from local_postgres import locks
from local_postgres.cluster import Cluster, ServerError

READY = "ready"


def main() -> None:
    """Return to the caller at once, and work in a child that is nobody's."""
    if os.fork() == 0:
        keep(Cluster(*map(Path, sys.argv[1:])))


def keep(cluster: Cluster) -> None:
    """Start the server, then watch it unless another keeper does."""
    watcher = locks.open_lock(cluster.lock("watcher"))
    with locks.locked(cluster.lock("start")):
        answer = start(cluster)
        watching = locks.try_lock_alone(watcher)
    hang_up(answer)
    if watching:
        watch(cluster, watcher)


def start(cluster: Cluster) -> str:
    """Start the server unless it runs; return what to tell the caller."""
    try:
        cluster.start()
    except (ServerError, OSError) as error:
        return str(error)
    return READY


def hang_up(answer: str) -> None:
    """Tell the caller, who may be gone; then let go of the pipe, and of the folder we were started in."""
    with suppress(BrokenPipeError):
        os.write(sys.stdout.fileno(), answer.encode())
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    os.chdir("/")


def watch(cluster: Cluster, watcher: int) -> None:
    """Wait until no process uses the server, then stop it."""
    users = locks.open_lock(cluster.lock("users"))
    locks.lock_alone(users)
    # Who deletes the folder of a running server may already have started another one in its place.
    if not locks.is_file_at(users, cluster.lock("users")):
        return
    # Before anyone can become a user again: they would take us for their watcher.
    os.close(watcher)
    with locks.locked(cluster.lock("start")):
        cluster.stop()


if __name__ == "__main__":
    main()
