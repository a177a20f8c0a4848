"""How many threads of a web process may wait for Stripe at the same time.

If Stripe hangs, the others still serve pages. A process without a limit, such as the worker, gives
each of its jobs a thread of its own.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from stripe_gateway.errors import Busy

_slots: threading.Semaphore | None = None


def limit_calls(count: int | None) -> None:
    """Let at most `count` calls wait at once in this process; None lifts the limit."""
    global _slots
    _slots = None if count is None else threading.Semaphore(count)


@contextmanager
def slot() -> Iterator[None]:
    """Count as waiting during a call. Raises Busy at once if too many wait already."""
    slots = _slots
    if slots is None:
        yield
    elif slots.acquire(blocking=False):
        try:
            yield
        finally:
            slots.release()
    else:
        raise Busy("Too many requests wait for Stripe already.")
