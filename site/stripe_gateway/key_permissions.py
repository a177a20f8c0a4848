"""What the secret key may do. A restricted key (rk_…) has a permission for each kind of object.

Stripe does not list a key's permissions, so each is tried out: a list of one object, or a change of
an object that does not exist. Stripe refuses with 403 what the key may not do, before it looks for
the object (docs.stripe.com/keys/restricted-api-keys).
"""

import stripe
from django.conf import settings

from stripe_gateway.calls import translated
from stripe_gateway.client import stripe_client
from stripe_gateway.errors import Refused

# The name of each permission in the Dashboard, and a call that needs it. The reads that come with a
# write are left out.
NEEDED = (
    ("Products: write", "post", "/v1/products/prod_permission_check"),
    ("Prices: write", "post", "/v1/prices/price_permission_check"),
    ("Checkout Sessions: write", "post", "/v1/checkout/sessions/cs_permission_check/expire"),
    ("Charges and Refunds: write", "post", "/v1/refunds/re_permission_check"),
    ("PaymentIntents: read", "get", "/v1/payment_intents?limit=1"),
    ("Disputes: read", "get", "/v1/disputes?limit=1"),
    ("Invoices: read", "get", "/v1/invoices?limit=1"),
    ("Webhook Endpoints: read", "get", "/v1/webhook_endpoints?limit=1"),
)


def missing_permissions() -> list[str]:
    """The permissions that the key lacks, by their names in the Dashboard; none for an unrestricted
    key, which is not tried out.

    Raises KeyRefused if Stripe does not accept the key at all, Unavailable.
    """
    if not settings.STRIPE_SECRET_KEY.startswith("rk_"):
        return []
    return [name for name, method, path in NEEDED if not is_allowed(method, path)]


def is_allowed(method: str, path: str) -> bool:
    """Whether Stripe lets the key make this call. Raises KeyRefused, Unavailable."""
    try:
        with translated():
            try:
                stripe_client().raw_request(method, path)
            except stripe.PermissionError:
                return False
    except Refused:
        pass  # it may, and there is no such object
    return True
