"""Trouble at rates: a share of all API calls and of all events meets something, drawn from a seed."""

import math
import random
import threading
from dataclasses import dataclass

from stripe_sandbox.faults.next_calls import TOO_MANY, Trouble

CALLS = ("errors", "hangs", "resets", "limited")
EVENTS = ("lost", "doubled", "delayed", "misstated")
SECONDS = ("hang_seconds", "latency", "longest_delay")
LONGEST = 3600.0  # seconds


@dataclass(frozen=True)
class Rates:
    """How much goes wrong. Rates are shares between 0 and 1, everything else but the seed is in
    seconds.

    API calls, at most one each: ``errors`` are status 500, half before and half after the work, and
    kept under the idempotency key; ``hangs`` wait ``hang_seconds``, half before and half after the
    work; ``resets`` break the connection after the work; ``limited`` are status 429 without any
    work. ``latency`` is the longest time that is added to each call.

    Events, at most one each, drawn when the event is to be sent first: ``lost`` are never sent by
    themselves, ``doubled`` are sent twice at the same time, ``delayed`` are held back for up to
    ``longest_delay``, ``misstated`` tell another sum than their session's, the first time they are
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
    """The rates in force, if any, and the draws.

    Calls and events are drawn apart, so that neither moves the other.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.end()

    @property
    def rates(self) -> Rates | None:
        """What is in force."""
        return self._rates

    def begin(self, rates: Rates) -> None:
        """From now on, from the beginning of the seed."""
        with self._lock:
            self._rates: Rates | None = rates
            self._calls = random.Random(rates.seed)
            self._events = random.Random(f"events of {rates.seed}")

    def end(self) -> None:
        """No more draws; what was drawn stays so."""
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

    def trouble(self) -> Trouble | None:
        """What a call meets."""
        with self._lock:
            if self._rates is None:
                return None
            kind = _drawn(self._calls, self._rates, CALLS)
            moment = self._calls.choice(("before", "after"))
            return _trouble(kind, moment, self._rates.hang_seconds)

    def fate(self) -> tuple[str, float]:
        """What becomes of an event: one of EVENTS or "", and how long it is held back in seconds."""
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


def _trouble(kind: str, moment: str, hang_seconds: float) -> Trouble | None:
    if kind == "errors":
        return Trouble(kind="error", moment=moment)
    if kind == "hangs":
        return Trouble(kind="hang", moment=moment, seconds=hang_seconds)
    if kind == "resets":
        return Trouble(kind="reset", moment="after")
    return Trouble(status=TOO_MANY) if kind == "limited" else None
