"""Trouble on demand: errors, hangs and broken connections for the next API calls."""

import threading
from dataclasses import dataclass

KINDS = ("error", "hang", "reset")
MOMENTS = ("before", "after")
# Invalid parameters; a restricted key without the permission; too many calls.
BAD_REQUEST, FORBIDDEN, TOO_MANY = 400, 403, 429
# Answered before anything else: no work is done, nothing is kept under the idempotency key. Type
# and code of the error.
BEFORE_ANYTHING = {
    BAD_REQUEST: ("invalid_request_error", None),
    FORBIDDEN: ("invalid_request_error", None),
    TOO_MANY: ("invalid_request_error", "rate_limit"),
}


@dataclass
class Trouble:
    """What goes wrong, and for how long.

    ``error`` answers ``status``; ``hang`` waits ``seconds`` and goes on; ``reset`` breaks the
    connection. ``before`` the work nothing has happened, ``after`` it everything has. An error is
    kept under the idempotency key, as Stripe keeps its 500s, unless ``stored`` is false; a 400, 403
    or 429 is never kept. ``times`` is how many calls it meets (None: until cleared), ``path`` the
    beginning of the paths it meets, ``method`` the method (empty: any).
    """

    kind: str = "error"
    moment: str = "before"
    times: int | None = 1
    path: str = ""
    method: str = ""
    status: int = 500
    seconds: float = 0.0
    stored: bool = True

    def __post_init__(self) -> None:
        if self.kind not in KINDS or self.moment not in MOMENTS:
            raise ValueError(
                f"kind is one of {', '.join(KINDS)}; moment is one of {', '.join(MOMENTS)}."
            )
        if self.status not in BEFORE_ANYTHING and not 500 <= self.status <= 599:
            raise ValueError("status is 400, 403, 429 or between 500 and 599.")

    def meets(self, method: str, path: str) -> bool:
        """Whether a call is concerned."""
        return path.startswith(self.path) and self.method in ("", method)


class Troubles:
    """The troubles in store, in the order they were asked for."""

    def __init__(self) -> None:
        self._waiting: list[Trouble] = []
        self._lock = threading.Lock()
        self._cleared = threading.Event()

    def add(self, trouble: Trouble) -> None:
        """Ask for trouble."""
        with self._lock:
            self._waiting.append(trouble)

    def clear(self) -> None:
        """No more trouble; calls that hang go on at once."""
        with self._lock:
            self._waiting.clear()
            self._cleared.set()
            self._cleared = threading.Event()

    def waiting(self) -> list[Trouble]:
        """What is still to come."""
        with self._lock:
            return list(self._waiting)

    def next_for(self, method: str, path: str) -> Trouble | None:
        """The trouble this call meets, used up by it."""
        with self._lock:
            trouble = next((one for one in self._waiting if one.meets(method, path)), None)
            if trouble is not None and trouble.times is not None:
                trouble.times -= 1
                if trouble.times <= 0:
                    self._waiting.remove(trouble)
            return trouble

    def hang(self, seconds: float) -> None:
        """Wait, unless trouble is cleared meanwhile."""
        self._cleared.wait(seconds)
