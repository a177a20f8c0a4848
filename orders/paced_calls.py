"""Many questions to Stripe in a row, slow enough to leave room for shoppers' (docs.stripe.com/rate-limits)."""

import time
from collections.abc import Callable
from typing import TypeVar

from stripe_gateway.errors import Unavailable

R = TypeVar("R")

PER_SECOND = 10  # of the 25 that Stripe allows a test account
PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0)  # seconds before another try, after 429, 5xx and silence


class PacedCalls:
    """Makes at most ten calls a second, and waits where Stripe asks for it."""

    def __init__(self) -> None:
        self._next = time.monotonic()

    def make(self, call: Callable[[], R]) -> R:
        """Make a call that may be repeated. Raises GatewayError: Unavailable only after half a minute of tries."""
        for pause in PAUSES:
            try:
                return self._in_turn(call)
            except Unavailable:
                time.sleep(pause)
        return self._in_turn(call)

    def _in_turn(self, call: Callable[[], R]) -> R:
        now = time.monotonic()
        time.sleep(max(0.0, self._next - now))
        self._next = max(now, self._next) + 1 / PER_SECOND
        return call()
