"""Random faults (chaos): a share of all API calls and of all events, drawn from a seed."""

import math
import random
import threading
from dataclasses import dataclass

from stripe_sandbox.faults.next_calls import LONGEST, TOO_MANY, Fault

CALLS = ("errors", "hangs", "resets", "limited")
EVENTS = ("lost", "doubled", "delayed", "misstated")
SECONDS = ("hang_seconds", "latency", "longest_delay")


@dataclass(frozen=True)
class Rates:
    """How often each fault happens. Rates are shares between 0 and 1; everything else but the seed
    is in seconds.

    API calls, at most one fault each: ``errors`` are status 500, half of them before and half after
    the call is carried out, and stored under the idempotency key; ``hangs`` wait ``hang_seconds``,
    half before and half after; ``resets`` break the connection after the call is carried out;
    ``limited`` are status 429, and the call is not carried out. ``latency`` is the longest time
    that is added to each call.

    Events, at most one fault each, drawn before the event is first sent: ``lost`` are only sent on
    request, ``doubled`` are sent twice at the same time, ``delayed`` are held back for up to
    ``longest_delay``, ``misstated`` have another total than their session, the first time they are
    sent. Raises ValueError.
    """

    seed: int = 1
    errors: float = 0.0
    hangs: float = 0.0
    hang_seconds: float = 15.0
    resets: float = 0.0
    limited: float = 0.0
    latency: float = 0.0
    lost: float = 0.0
    doubled: float = 0.0
    delayed: float = 0.0
    misstated: float = 0.0
    longest_delay: float = 30.0

    def __post_init__(self) -> None:
        if not isinstance(self.seed, int):
            raise ValueError("seed is a whole number.")
        for name in CALLS + EVENTS:
            self._check(name, 1.0, "is a share between 0 and 1")
        for name in SECONDS:
            self._check(name, LONGEST, f"is between 0 and {LONGEST:.0f} seconds")
        for names in (CALLS, EVENTS):
            if math.fsum(getattr(self, name) for name in names) > 1:
                raise ValueError(f"{', '.join(names)} add up to 1 at most.")

    def _check(self, name: str, highest: float, rule: str) -> None:
        value = getattr(self, name)
        if (
            isinstance(value, bool)
            or not isinstance(value, (int, float))
            or not 0 <= value <= highest
        ):
            raise ValueError(f"{name} {rule}, not {value!r}.")


class Chaos:
    """The current rates, if any, and the random numbers.

    Calls and events have random numbers of their own, so that neither changes the faults of the
    other.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.end()

    @property
    def rates(self) -> Rates | None:
        """The current rates; None: no random faults."""
        return self._rates

    def begin(self, rates: Rates) -> None:
        """Draw faults from now on, with the first random numbers of the seed."""
        with self._lock:
            self._rates: Rates | None = rates
            self._calls = random.Random(rates.seed)
            self._events = random.Random(f"events of {rates.seed}")

    def end(self) -> None:
        """Draw no more faults. Events that are lost or delayed stay so."""
        with self._lock:
            self._rates = None

    def latency(self) -> float:
        """Seconds to add to a call."""
        with self._lock:
            return (
                self._calls.uniform(0, self._rates.latency)
                if self._rates and self._rates.latency
                else 0.0
            )

    def fault_for_call(self) -> Fault | None:
        """Draw the fault of an API call, if it gets one."""
        with self._lock:
            if self._rates is None:
                return None
            kind = _drawn(self._calls, self._rates, CALLS)
            moment = self._calls.choice(("before", "after"))
            return _fault(kind, moment, self._rates.hang_seconds)

    def fault_for_event(self) -> tuple[str, float]:
        """Draw the fault of an event, one of EVENTS or "", and its delay in seconds."""
        with self._lock:
            if self._rates is None:
                return "", 0.0
            kind = _drawn(self._events, self._rates, EVENTS)
            return kind, self._events.uniform(
                0, self._rates.longest_delay
            ) if kind == "delayed" else 0.0


def _drawn(source: random.Random, rates: Rates, names: tuple[str, ...]) -> str:
    """One of the names, each as often as its rate says, or ""."""
    point = source.random()
    for name in names:
        point -= getattr(rates, name)
        if point < 0:
            return name
    return ""


def _fault(kind: str, moment: str, hang_seconds: float) -> Fault | None:
    if kind == "errors":
        return Fault(kind="error", moment=moment)
    if kind == "hangs":
        return Fault(kind="hang", moment=moment, seconds=hang_seconds)
    if kind == "resets":
        return Fault(kind="reset", moment="after")
    return Fault(status=TOO_MANY) if kind == "limited" else None
