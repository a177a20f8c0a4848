"""Requires two-factor login of staff, if the shop wants it (STAFF_TWO_FACTOR)."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.contrib.messages.storage.base import BaseStorage
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from users.two_factor import has_used_it, next_step

ADMINS = ("/admin/", "/django-admin/")
OPEN = ("/admin/login/", "/admin/logout/", "/django-admin/login/", "/django-admin/logout/")


class TwoFactorMiddleware:
    """Sends staff who have not entered a code in this session to the page where they do.

    Login sessions that began before the setting was switched on are not exempt.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Only `process_view` does something."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Lead to the page where the code is entered, and back from there."""
        is_admin = request.path.startswith(ADMINS) and request.path not in OPEN
        if not (settings.STAFF_TWO_FACTOR and is_admin and is_staff(request.user)):
            return None
        if has_used_it(request):
            return None
        say_once(request, _("You need two-factor login to use the admin."))
        return redirect_to_login(request.get_full_path(), reverse(next_step(request)))


def say_once(request: HttpRequest, text: str) -> None:
    """Show a message on the next page, unless it waits already: a browser asks for several things
    in the background.
    """
    waiting = messages.get_messages(request)
    is_waiting = any(message.message == text for message in waiting)
    if isinstance(waiting, BaseStorage):
        waiting.used = False  # looking at the messages does not show them
    if not is_waiting:
        messages.info(request, text)


def is_staff(user: Any) -> bool:
    """Whether somebody may enter one of the two admins; the others are refused there."""
    return bool(user.is_staff or user.has_perm("wagtailadmin.access_admin"))
