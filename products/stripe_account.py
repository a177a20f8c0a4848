"""Which Stripe account the shop's key belongs to. It is stored, so that a checkout need not ask.

Test mode and live mode of an account share its id and nothing else (docs.stripe.com/keys), so we
treat them as two accounts: the live one has `/live` after Stripe's id.
"""

import hashlib

from django.conf import settings
from django.utils.translation import gettext as _

from alerts.raising import raise_alert, resolve_alert
from products.alerts import KEY_REFUSED
from products.models import StripeAccount
from stripe_gateway.account import current_account, is_live
from stripe_gateway.errors import GatewayError, KeyRefused

LIVE = "/live"


def known() -> StripeAccount | None:
    """The stored row of the current key. Its account is empty if Stripe has only ever answered with
    an error.
    """
    return StripeAccount.objects.filter(key_hash=key_hash()).first()


def current() -> str:
    """The account's id. Stripe is asked only the first time a key is used. Raises GatewayError."""
    row = known()
    is_known = row is not None and row.account and row.account.endswith(LIVE) == is_live()
    return row.account if row and is_known else refresh()


def refresh() -> str:
    """Ask Stripe again: once the sandbox has been emptied, the key belongs to another account.

    Raises GatewayError; it is also stored for editors to read, and the stored account stays.
    """
    try:
        account = current_account() + (LIVE if is_live() else "")
    except GatewayError as error:
        StripeAccount.objects.update_or_create(
            key_hash=key_hash(), defaults={"last_error": str(error)}
        )
        if isinstance(error, KeyRefused):
            text = _("Stripe does not accept the shop's key, so nobody can buy: %(error)s")
            raise_alert(KEY_REFUSED, text % {"error": error})
        raise
    resolve_alert(KEY_REFUSED)
    StripeAccount.objects.update_or_create(
        key_hash=key_hash(), defaults={"account": account, "last_error": ""}
    )
    return account


def is_named(account: str, stripe_id: str) -> bool:
    """Whether an event's account id is that of `account`. Stripe leaves it empty in events that are
    not for a connected account.
    """
    return stripe_id in ("", account.removesuffix(LIVE))


def key_hash() -> str:
    """Identifies the key and the server it is sent to, without storing the key itself."""
    return hashlib.sha256(
        f"{settings.STRIPE_API_BASE} {settings.STRIPE_SECRET_KEY}".encode()
    ).hexdigest()
