"""Where our sign-up differs from allauth's."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.utils import passthrough_next_redirect_url
from allauth.core.exceptions import ImmediateHttpResponse
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.forms import Form
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse

from .models import User


class AccountAdapter(DefaultAccountAdapter):
    """allauth's own, but for two sign-ups at once."""

    def save_user(self, request: HttpRequest, user: User, form: Form, commit: bool = True) -> User:
        """Save a new user. Raises ImmediateHttpResponse, a redirect to the login, if the address
        has just been taken.

        Hashing a password takes long enough for a double click to get the second form past its
        check.
        """
        try:
            with transaction.atomic():
                return super().save_user(request, user, form, commit)
        except IntegrityError:
            messages.info(request, "Your account is there already. Please log in.")
            raise ImmediateHttpResponse(redirect(_login_url(request))) from None


def _login_url(request: HttpRequest) -> Any:
    return passthrough_next_redirect_url(request, reverse("account_login"), "next")
