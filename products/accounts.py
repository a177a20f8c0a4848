"""Which Stripe account the shop's key opens, remembered in a row so that a sale need not ask."""

import hashlib

from django.conf import settings

from attention import causes
from products.models import StripeAccount
from stripe_gateway.account import current_account
from stripe_gateway.errors import GatewayError, KeyRefused

KEY_REFUSED = "stripe-key-refused"  # a cause of attention


def known() -> StripeAccount | None:
    """What is remembered of the key: its account, empty while Stripe has only given an error. Asks nobody."""
    return StripeAccount.objects.filter(key_hash=_key_hash()).first()


def current() -> str:
    """The account's id: from our row, or asked for at the first use of a key. Raises GatewayError."""
    row = known()
    return row.account if row and row.account else refresh()


def refresh() -> str:
    """Ask Stripe again, since the same key may open another account: a sandbox that was emptied does.

    Raises GatewayError, having noted it for the editors to read; the account known so far stays.
    """
    try:
        account = current_account()
    except GatewayError as error:
        StripeAccount.objects.update_or_create(key_hash=_key_hash(), defaults={"last_error": str(error)})
        if isinstance(error, KeyRefused):
            causes.open(KEY_REFUSED, f"Stripe refuses the shop's key, so nothing can be sold: {error}")
        raise
    causes.resolve(KEY_REFUSED)
    StripeAccount.objects.update_or_create(key_hash=_key_hash(), defaults={"account": account, "last_error": ""})
    return account


def _key_hash() -> str:
    return hashlib.sha256(f"{settings.STRIPE_API_BASE} {settings.STRIPE_SECRET_KEY}".encode()).hexdigest()
