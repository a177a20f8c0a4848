"""Which Stripe account the shop's key opens, remembered in a row so that a sale need not ask.

Test mode and live mode of an account share its id and nothing else (docs.stripe.com/keys), so to us
they are two accounts: the live one has a `/live` behind Stripe's id.
"""

import hashlib

from django.conf import settings

from alerts.raising import raise_alert, resolve_alert
from products.alerts import KEY_REFUSED
from products.models import StripeAccount
from stripe_gateway.account import current_account, is_live
from stripe_gateway.errors import GatewayError, KeyRefused

LIVE = "/live"


def known() -> StripeAccount | None:
    """What is remembered of the key: its account, empty while Stripe has only given an error.

    Asks nobody.
    """
    return StripeAccount.objects.filter(key_hash=_key_hash()).first()


def current() -> str:
    """The account's id: from our row, or asked for at the first use of a key.

    Raises GatewayError.
    """
    row = known()
    is_told = row is not None and row.account and row.account.endswith(LIVE) == is_live()
    return row.account if row and is_told else refresh()


def refresh() -> str:
    """Ask Stripe again, since the same key may open another account: a sandbox that was emptied
    does.

    Raises GatewayError, having noted it for the editors to read; the account known so far stays.
    """
    try:
        account = current_account() + (LIVE if is_live() else "")
    except GatewayError as error:
        StripeAccount.objects.update_or_create(
            key_hash=_key_hash(), defaults={"last_error": str(error)}
        )
        if isinstance(error, KeyRefused):
            raise_alert(
                KEY_REFUSED, f"Stripe does not accept the shop's key, so nobody can buy: {error}"
            )
        raise
    resolve_alert(KEY_REFUSED)
    StripeAccount.objects.update_or_create(
        key_hash=_key_hash(), defaults={"account": account, "last_error": ""}
    )
    return account


def is_named(account: str, stripe_id: str) -> bool:
    """Whether Stripe calls `account` by that id.

    Stripe names an account only to those who act for several.
    """
    return stripe_id in ("", account.removesuffix(LIVE))


def _key_hash() -> str:
    return hashlib.sha256(
        f"{settings.STRIPE_API_BASE} {settings.STRIPE_SECRET_KEY}".encode()
    ).hexdigest()
