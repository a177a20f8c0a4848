"""Where our accounts differ from allauth's: two sign-ups at once, emails, the limit on logins."""

from typing import Any
from urllib.parse import urljoin, urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.utils import passthrough_next_redirect_url
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit
from allauth.core.internal.httpkit import get_client_ip
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.forms import Form
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from users.account_emails import KINDS, NOTICES, write, write_notice

from .models import User

ON_ACCOUNT: Any = {"app": "allauth.account", "action": "login_failed_on_account"}


class AccountAdapter(DefaultAccountAdapter):
    """See "Adapter" in allauth's documentation."""

    def save_user(self, request: HttpRequest, user: User, form: Form, commit: bool = True) -> User:
        """Save a new user. Raises ImmediateHttpResponse, a redirect to the login, if the address
        has just been taken.

        Hashing a password takes so long that the second form of a double click passes its check.
        """
        try:
            with transaction.atomic():
                return super().save_user(request, user, form, commit)
        except IntegrityError:
            messages.info(request, _("You already have an account. Log in."))
            raise ImmediateHttpResponse(redirect(login_url(request))) from None

    def send_account_already_exists_mail(self, email: str) -> None:
        """Write an email to the owner, and take as long as a sign-up with a new address does: the
        response time must not reveal whether there is an account.
        """
        make_password(email)
        super().send_account_already_exists_mail(email)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write an email into the outbox, with a link that leads to SITE_URL."""
        user = context.get("user")
        if template_prefix in NOTICES:
            change, address = NOTICES[template_prefix]
            write_notice(change, user, email, context.get(address, ""))
            return
        kind, link = KINDS[template_prefix]
        write(kind, user, email, on_our_site(context[link]))

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Say whose account it is about; allauth does so in its other emails only."""
        super().send_notification_mail(
            template_prefix, user, {**(context or {}), "user": user}, email
        )

    def get_client_ip(self, request: HttpRequest) -> str:
        """The visitor's address for the limits on logins; the proxy's own if it does not say."""
        return get_client_ip(request) or request.META.get("REMOTE_ADDR") or "unknown"

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count a login, and refuse it if there were too many. Raises ValidationError."""
        super().pre_authenticate(request, **credentials)
        key = super()._get_login_attempts_cache_key(request, **credentials)
        self.on_account = ratelimit.consume(request, **ON_ACCOUNT, key=key)
        if not self.on_account:
            raise self.validation_error("too_many_login_attempts")

    def _rollback_login_failed_rl_usage(self) -> None:
        """Count only logins that fail."""
        super()._rollback_login_failed_rl_usage()
        if self.on_account:
            self.on_account.rollback()

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        """Forget the failed logins of somebody who has reset the password."""
        super()._delete_login_attempts_cached_email(request, **credentials)
        key = super()._get_login_attempts_cache_key(request, **credentials)
        ratelimit.clear(request, **ON_ACCOUNT, key=key)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # By email address alone, five wrong passwords would lock out somebody else.
        key = super()._get_login_attempts_cache_key(request, **credentials)
        return f"{key}:{self.get_client_ip(request)}"


def login_url(request: HttpRequest) -> Any:
    """The login page, which leads on to where the visitor wanted to go."""
    return passthrough_next_redirect_url(request, reverse("account_login"), "next")


def on_our_site(url: str) -> str:
    """Put an address on SITE_URL: allauth takes the host from the request, which may be wrong."""
    parts = urlsplit(url)
    return urljoin(settings.SITE_URL, parts._replace(scheme="", netloc="").geturl())
