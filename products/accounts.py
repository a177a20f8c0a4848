"""Which Stripe account the shop's key opens, remembered in a row so that a sale need not ask."""

import hashlib

from django.conf import settings

from products.models import StripeAccount
from stripe_gateway.account import current_account


def current() -> str:
    """The account's id: from our row, or asked for at the first use of a key. Raises GatewayError."""
    known = StripeAccount.objects.filter(key_hash=_key_hash()).first()
    return known.account if known else refresh()


def refresh() -> str:
    """Ask Stripe again, since the same key may open another account: a sandbox that was emptied does."""
    account = current_account()
    StripeAccount.objects.update_or_create(key_hash=_key_hash(), defaults={"account": account})
    return account


def _key_hash() -> str:
    return hashlib.sha256(f"{settings.STRIPE_API_BASE} {settings.STRIPE_SECRET_KEY}".encode()).hexdigest()
