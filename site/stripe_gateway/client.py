"""The library's client: one per process, key and time limit.

It is built at the first call, so after gunicorn has forked: processes must not share connections.
"""

from functools import cache

import stripe
from django.conf import settings

from stripe_gateway import policy

# The version that this package is written for. The webhook endpoint's events must have the same
# (docs.stripe.com/api/versioning).
API_VERSION = "2026-10-28.endive"

stripe.enable_telemetry = False


def stripe_client(*, quick: bool = False) -> stripe.StripeClient:
    """Return the client; `quick` for one attempt of three seconds, while somebody waits."""
    timeout = policy.QUICK_TIMEOUT if quick else policy.TIMEOUT
    retries = policy.QUICK_RETRIES if quick else policy.RETRIES
    return build(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE, timeout, retries)


@cache
def build(
    key: str, address: str, timeout: tuple[float, float], retries: int
) -> stripe.StripeClient:
    """Build a client. `timeout` is in seconds, to connect and to answer."""
    return stripe.StripeClient(
        key,
        stripe_version=API_VERSION,
        base_addresses={"api": address},
        max_network_retries=retries,
        http_client=stripe.RequestsClient(timeout=timeout),
    )
