"""Somebody who only looks at the home page: it must respond whatever Stripe does."""

import statistics
import time
from dataclasses import dataclass, field
from threading import Event

import requests

PATIENCE = 10.0  # seconds for a page


@dataclass
class Looks:
    """How long the home page took each time, in seconds, and how often it did not come."""

    seconds: list[float] = field(default_factory=list)
    unanswered: int = 0

    def __str__(self) -> str:
        if not self.seconds:
            return f"never seen, {self.unanswered} unanswered"
        ordered = sorted(self.seconds)
        late = ordered[int(len(ordered) * 0.95)]
        return (
            f"{len(ordered)} times in {statistics.median(ordered) * 1000:.0f} ms (median), "
            f"{late * 1000:.0f} ms (95 %), {ordered[-1]:.1f} s (slowest); "
            f"{self.unanswered} unanswered"
        )


def look(over: Event, *, address: str, pause: float) -> Looks:
    """Open the home page every `pause` seconds until the run is over."""
    looks = Looks()
    while not over.wait(pause):
        begin = time.monotonic()
        try:
            answer = requests.get(address, timeout=PATIENCE)
        except requests.RequestException:
            looks.unanswered += 1
            continue
        if answer.status_code == 200:
            looks.seconds.append(time.monotonic() - begin)
        else:
            looks.unanswered += 1
    return looks
