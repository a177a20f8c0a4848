"""The StripeClient: one per process, key and patience, built at the first call, so after gunicorn
has forked.
"""

from functools import cache

import stripe
from django.conf import settings

# what `stripe` 16.1 is written for; an endpoint's events must have the same
API_VERSION = "2026-10-28.endive"

# Seconds to connect and to answer. The library's own are 80 and 80.
PATIENT = (3.05, 10.0)
# For calls made while a visitor or a webhook waits: one try.
QUICK = (3.0, 3.0)

stripe.enable_telemetry = False


def patient() -> stripe.StripeClient:
    """The client for calls that must go through: one retry under the same idempotency key."""
    return _client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE, PATIENT, 1)


def quick_client() -> stripe.StripeClient:
    """The client for calls that can be made again later: one try, three seconds."""
    return _client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE, QUICK, 0)


@cache
def _client(
    key: str, address: str, timeout: tuple[float, float], retries: int
) -> stripe.StripeClient:
    return stripe.StripeClient(
        key,
        stripe_version=API_VERSION,
        base_addresses={"api": address},
        # The default is no retry at all.
        max_network_retries=retries,
        http_client=stripe.RequestsClient(timeout=timeout),
    )
