"""Logging in to the two admins and to private pages, and the account page.

Wagtail and Django have login forms of their own, which know nothing of email confirmation and rate
limits. The views here replace them. They use allauth's, and respond with 403 to users who are
logged in but have no permission: a redirect to the login, as Wagtail does it, would send them back
and forth forever.
"""

from typing import Any

from allauth.account.views import LoginView
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from wagtail.admin.views.account import LogoutView

# Wagtail's own refuses a GET too, but drops the session cookie while it does.
admin_logout = never_cache(require_POST(LogoutView.as_view()))


@never_cache
@login_required
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Links to the shopper's orders, email addresses and password."""
    return render(request, "account/account.html")


class StaffLoginView(LoginView):
    """allauth's login without "Create an account", for staff."""

    template_name = "account/staff_login.html"
    home = "wagtailadmin_home"

    def get_default_success_url(self) -> Any:
        """Where the login leads without `next`."""
        return reverse(self.home)


@never_cache
def admin_login(request: HttpRequest) -> Any:
    """Replaces Wagtail's /admin/login/. Raises PermissionDenied for users without permission."""
    if request.user.is_anonymous:
        return StaffLoginView.as_view()(request)
    return let_in(request, request.user.has_perm("wagtailadmin.access_admin"), "wagtailadmin_home")


@never_cache
def django_admin_login(request: HttpRequest) -> Any:
    """Replaces Django's /django-admin/login/. Raises PermissionDenied for users without
    permission.
    """
    if request.user.is_anonymous:
        return StaffLoginView.as_view(home="admin:index")(request)
    return let_in(request, request.user.is_active and request.user.is_staff, "admin:index")


@never_cache
@require_safe
def page_login(request: HttpRequest) -> HttpResponseRedirect:
    """Replaces Wagtail's /_util/login/, where visitors of a private page are sent.

    Raises PermissionDenied for users who are logged in: the page is not for them.
    """
    if request.user.is_anonymous:
        return redirect_to_login(safe_next(request) or "/", reverse("account_login"))
    raise PermissionDenied


def let_in(request: HttpRequest, has_permission: bool, home: str) -> HttpResponseRedirect:
    """Redirect a user who is logged in already. Raises PermissionDenied."""
    if request.method != "GET" or not has_permission:
        raise PermissionDenied
    return HttpResponseRedirect(safe_next(request) or reverse(home))


def safe_next(request: HttpRequest) -> str:
    """The `next` of the query if it leads to this host, else nothing."""
    target = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        target, {request.get_host()}, require_https=request.is_secure()
    )
    return target if is_ours else ""
