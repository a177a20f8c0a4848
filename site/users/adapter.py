"""Where our accounts differ from allauth's: two sign-ups at once, emails that cannot be sent, links
in emails, and the limit on logins.
"""

import logging
from typing import Any
from urllib.parse import urljoin, urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.utils import passthrough_next_redirect_url
from allauth.core import context as current
from allauth.core import ratelimit
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal.httpkit import get_client_ip
from django.conf import settings
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.forms import Form
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from shop_settings.models import ShopSettings

from .models import User

logger = logging.getLogger(__name__)

# The names under which allauth passes addresses of ours to the templates of its emails.
LINKS = ("activate_url", "password_reset_url", "signup_url")


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

    def get_from_email(self) -> str:
        """The sender that owners have set in the admin."""
        return ShopSettings.current(current.request).sender

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send an email whose links lead to SITE_URL. Raises ImmediateHttpResponse, a redirect with
        a message, if the mail server cannot be reached or refuses it.
        """
        links = {name: on_our_site(context[name]) for name in LINKS if name in context}
        try:
            super().send_mail(
                template_prefix, email, {**context, **links, "shop_url": settings.SITE_URL}
            )
        except OSError as error:  # also the base class of SMTPException
            # Without the recipient, and without the text of the error, which may contain it.
            logger.error("%s could not be sent: %s", template_prefix, type(error).__name__)
            raise ImmediateHttpResponse(self.ask_to_try_again(email)) from error

    def ask_to_try_again(self, email: str) -> Any:
        """The response after an email could not be sent.

        After a sign-up, it leads to the login, which sends the email again. It is the same whether
        or not the address already had an account.
        """
        request = current.request
        ratelimit.clear(request, action="confirm_email", key=email.lower())
        if request.path == reverse("account_signup"):
            messages.error(request, _("The email could not be sent. Log in to try again."))
            return redirect(login_url(request))
        messages.error(request, _("The email could not be sent. Try again."))
        return redirect(request.get_full_path())

    def get_client_ip(self, request: HttpRequest) -> str:
        """The visitor's address for the limits on logins; the proxy's own if it does not say."""
        return get_client_ip(request) or request.META.get("REMOTE_ADDR") or "unknown"

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # By email address alone, anybody could lock out somebody else.
        key = super()._get_login_attempts_cache_key(request, **credentials)
        return f"{key}:{self.get_client_ip(request)}"


def login_url(request: HttpRequest) -> Any:
    """The login page, which leads on to where the visitor wanted to go."""
    return passthrough_next_redirect_url(request, reverse("account_login"), "next")


def on_our_site(url: str) -> str:
    """The same address on SITE_URL: allauth takes the host from the request, which may be wrong."""
    parts = urlsplit(url)
    return urljoin(settings.SITE_URL, parts._replace(scheme="", netloc="").geturl())
