"""Make many requests to Stripe, slowly enough to leave room for those of shoppers
(docs.stripe.com/rate-limits).
"""

import time
from collections.abc import Callable
from typing import TypeVar

from orders import policy
from stripe_gateway.errors import Unavailable

R = TypeVar("R")


class Throttle:
    """Makes at most ten requests per second, and retries when Stripe is unavailable."""

    def __init__(self) -> None:
        self._next = time.monotonic()

    def make(self, call: Callable[[], R], *, requests: int = 1) -> R:
        """Make a call that may be repeated and takes at most `requests` requests.

        Raises GatewayError; Unavailable only after half a minute of retries.
        """
        end = time.monotonic() + policy.RETRY_PATIENCE
        for pause in policy.RETRY_PAUSES:
            try:
                return self.wait_and_make(call, requests)
            except Unavailable:
                if time.monotonic() + pause > end:
                    raise
                time.sleep(pause)
        return self.wait_and_make(call, requests)

    def wait_and_make(self, call: Callable[[], R], requests: int) -> R:
        """Make a call once, when its turn has come."""
        time.sleep(max(0.0, self._next - time.monotonic()))
        self._next = time.monotonic() + requests / policy.REQUESTS_PER_SECOND
        return call()
