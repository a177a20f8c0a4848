"""Many questions to Stripe in a row, slow enough to leave room for shoppers' (docs.stripe.com/rate-limits)."""

import time
from collections.abc import Callable
from typing import TypeVar

from stripe_gateway.errors import Unavailable

R = TypeVar("R")

PER_SECOND = 10  # of the 25 that Stripe allows a test account
PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0)  # seconds before another try, after 429, 5xx and silence
PATIENCE = 35.0  # seconds after which no other try begins: silence takes its time as well


class PacedCalls:
    """Makes at most ten requests a second, and waits where Stripe asks for it."""

    def __init__(self) -> None:
        self._next = time.monotonic()

    def make(self, call: Callable[[], R], *, requests: int = 1) -> R:
        """Make a call, of so many requests at most, that may be repeated.

        Raises GatewayError: Unavailable only after half a minute of tries.
        """
        end = time.monotonic() + PATIENCE
        for pause in PAUSES:
            try:
                return self._in_turn(call, requests)
            except Unavailable:
                if time.monotonic() + pause > end:
                    raise
                time.sleep(pause)
        return self._in_turn(call, requests)

    def _in_turn(self, call: Callable[[], R], requests: int) -> R:
        time.sleep(max(0.0, self._next - time.monotonic()))
        self._next = time.monotonic() + requests / PER_SECOND
        return call()
