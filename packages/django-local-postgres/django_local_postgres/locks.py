"""File locks. The kernel releases them when their holder ends, even by `kill -9`.

A lock belongs to the open file: children made by fork share it, and it is released when the last of
them ends. Programs started by exec do not get it, because Python opens files as not inheritable.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def open_lock(path: Path) -> int:
    """Return a file descriptor to lock. Creates the file, for this user only, if it is missing."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)


def lock_shared(fd: int) -> None:
    """Wait until no process has the lock exclusively, then share it with others."""
    fcntl.flock(fd, fcntl.LOCK_SH)


def lock_alone(fd: int) -> None:
    """Wait until no process has the lock, then take it exclusively."""
    fcntl.flock(fd, fcntl.LOCK_EX)


def try_lock_alone(fd: int) -> bool:
    """Take the lock exclusively if it is free. Returns whether that worked."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def unlock(fd: int) -> None:
    """Release the lock, also for processes that share it."""
    fcntl.flock(fd, fcntl.LOCK_UN)


@contextmanager
def opened(path: Path) -> Iterator[int]:
    """Open a lock file for the length of the block."""
    fd = open_lock(path)
    try:
        yield fd
    finally:
        os.close(fd)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock exclusively for the length of the block."""
    with opened(path) as fd:
        lock_alone(fd)
        try:
            yield
        finally:
            # close() is not enough: a child that another thread forked would keep the lock.
            unlock(fd)


def is_locked(path: Path) -> bool:
    """Whether a process holds the lock.

    Takes the lock for a moment, so call it only where no other process tries to take it.
    """
    with opened(path) as fd:
        free = try_lock_alone(fd)
        unlock(fd)
        return not free


def is_file_at(fd: int, path: Path) -> bool:
    """Whether the open file is still the one at that path, which it is not in a deleted folder."""
    try:
        return os.path.samestat(os.fstat(fd), path.stat())
    except FileNotFoundError:
        return False
