"""Two-factor login: everybody may turn it on, and the shop can require it of staff.

See "MFA" in allauth's documentation. A password reset and the admin's own login page go through
allauth's login, so the code is asked for there, too.
"""

from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest

from shop_settings.models import ShopSettings

ACTIVATED = "two_factor_activated"  # in the session: the authenticator that was added in it


class TwoFactorAdapter(DefaultMFAAdapter):
    """What the app on the phone shows."""

    def get_totp_issuer(self) -> str:
        """The shop's name."""
        return ShopSettings.current().name


def connect() -> None:
    """Notice when somebody adds an authenticator."""
    authenticator_added.connect(_remember, dispatch_uid="two-factor")


def _remember(sender: Any, request: HttpRequest, authenticator: Authenticator, **kw: Any) -> None:
    # They have just entered a code, and need not enter the next one to go on.
    if authenticator.type == Authenticator.Type.TOTP:
        request.session[ACTIVATED] = authenticator.pk


def has_used_it(request: HttpRequest) -> bool:
    """Whether a code was entered in this login session, and the account still asks for codes."""
    records = get_authentication_records(request, request.user)
    if any(record.get("method") == "mfa" for record in records):
        return is_mfa_enabled(request.user)
    activated = request.session.get(ACTIVATED)
    mine = Authenticator.objects.filter(user=request.user.pk, pk=activated)
    return activated is not None and mine.exists()


def next_step(request: HttpRequest) -> str:
    """The name of the page on which a user without a code in this session goes on."""
    enabled = is_mfa_enabled(request.user, [Authenticator.Type.TOTP])
    return "mfa_reauthenticate" if enabled else "mfa_activate_totp"
