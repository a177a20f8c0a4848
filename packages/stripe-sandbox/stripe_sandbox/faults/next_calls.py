"""Faults on request: errors, hangs and broken connections for the next API calls."""

import threading
from dataclasses import dataclass

KINDS = ("error", "hang", "reset")
MOMENTS = ("before", "after")
# Invalid parameters; a restricted key without the permission; too many calls.
BAD_REQUEST, FORBIDDEN, TOO_MANY = 400, 403, 429
# The type and the code of errors with which Stripe refuses a call: they are never stored under the
# idempotency key.
REFUSALS = {
    BAD_REQUEST: ("invalid_request_error", None),
    FORBIDDEN: ("invalid_request_error", "more_permissions_required"),
    TOO_MANY: ("invalid_request_error", "rate_limit"),
}
LONGEST = 3600.0  # seconds
MESSAGE = "This error was requested in the Stripe sandbox."


@dataclass
class Fault:
    """What goes wrong with an API call, and with how many of them.

    ``error`` returns ``status``; ``hang`` waits ``seconds`` and goes on; ``reset`` breaks the
    connection. It happens ``before`` the call is carried out, or ``after`` it. An error is stored
    under the idempotency key, as Stripe stores its 500s, unless ``stored`` is false; a 400, 403 or
    429 is never stored. ``times`` is the number of calls (None: until cleared), ``path`` the
    beginning of their paths, ``method`` their method (empty: any). Raises ValueError.
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
        if self.status not in REFUSALS and not 500 <= self.status <= 599:
            raise ValueError("status is 400, 403, 429 or between 500 and 599.")
        if not 0 <= self.seconds <= LONGEST:  # NaN is not either
            raise ValueError(f"seconds is between 0 and {LONGEST:.0f}.")

    def matches(self, method: str, path: str) -> bool:
        """Whether the fault is meant for a call with this method and path."""
        return path.startswith(self.path) and self.method in ("", method)


class FaultQueue:
    """The faults that were requested and have not happened yet, oldest first."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()
        self._cleared = threading.Event()

    def add(self, fault: Fault) -> None:
        """Append a fault."""
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        """Remove all faults; calls that hang go on at once."""
        with self._lock:
            self._waiting.clear()
            self._cleared.set()
            self._cleared = threading.Event()

    def waiting(self) -> list[Fault]:
        """A copy of the queue."""
        with self._lock:
            return list(self._waiting)

    def next_for(self, method: str, path: str) -> Fault | None:
        """The first fault that matches a call. It is counted as used, and removed after the last
        time.
        """
        with self._lock:
            fault = next((one for one in self._waiting if one.matches(method, path)), None)
            if fault is not None and fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self._waiting.remove(fault)
            return fault

    def sleep(self, seconds: float) -> None:
        """Wait that long, or until the faults are cleared."""
        self._cleared.wait(seconds)
