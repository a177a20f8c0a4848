"""Signatures of webhook events (docs.stripe.com/webhooks#verify-manually)."""

import hashlib
import hmac
import time


def sign(body: bytes, secret: str, at: int | None = None) -> str:
    """A ``Stripe-Signature`` header: HMAC-SHA256 over ``<time>.<body>`` with the whole secret as
    the key.
    """
    moment = int(time.time()) if at is None else at
    digest = hmac.new(secret.encode(), b"%d.%s" % (moment, body), hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"
