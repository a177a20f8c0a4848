"""Locks on files, which the kernel drops when their holder ends, `kill -9` included.

A lock belongs to the open file, so children made by fork share it and it ends with the last of them. Programs started
by exec do not: Python opens files as not inheritable.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def open_lock(path: Path) -> int:
    """Return a file descriptor to lock; makes the file, for this user only, if it is missing."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)


def lock_shared(fd: int) -> None:
    """Wait until nobody has the lock alone, then take it together with others."""
    fcntl.flock(fd, fcntl.LOCK_SH)


def lock_alone(fd: int) -> None:
    """Wait until nobody has the lock, then take it."""
    fcntl.flock(fd, fcntl.LOCK_EX)


def try_lock_alone(fd: int) -> bool:
    """Take the lock if nobody has it; tell whether that was so."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def unlock(fd: int) -> None:
    """Give the lock back, also for processes that share it."""
    fcntl.flock(fd, fcntl.LOCK_UN)


@contextmanager
def opened(path: Path) -> Iterator[int]:
    """Open a lock for the length of the block."""
    fd = open_lock(path)
    try:
        yield fd
    finally:
        os.close(fd)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock alone for the length of the block."""
    with opened(path) as fd:
        lock_alone(fd)
        try:
            yield
        finally:
            # Not close() alone: a child forked meanwhile by another thread would go on holding it.
            unlock(fd)


def is_locked(path: Path) -> bool:
    """Tell whether anybody holds the lock. It takes it for a moment: call it where nobody else tries."""
    with opened(path) as fd:
        free = try_lock_alone(fd)
        unlock(fd)
        return not free


def is_file_at(fd: int, path: Path) -> bool:
    """Tell whether the open file is still the one at that path; a deleted folder takes its locks with it."""
    try:
        return os.path.samestat(os.fstat(fd), path.stat())
    except FileNotFoundError:
        return False
