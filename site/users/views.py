"""The doors to the two admins and to private pages: allauth is the only one that takes a password.

Wagtail and Django bring login forms of their own, which know nothing of e-mail verification and
rate limits. These views stand at their addresses. They send the anonymous to allauth, and give a
403 to those who are logged in and may not enter: sending them to the login, as Wagtail does, would
send them back and forth for ever.
"""

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from wagtail.admin.views.account import LogoutView

# Wagtail's own refuses a GET too, but drops the session cookie while it does.
admin_logout = never_cache(require_POST(LogoutView.as_view()))


@never_cache
@require_safe
def admin_login(request: HttpRequest) -> HttpResponseRedirect:
    """Stand at Wagtail's /admin/login/. Raises PermissionDenied for those who may not enter."""
    may_enter = request.user.has_perm("wagtailadmin.access_admin")
    return _door(request, may_enter=may_enter, home=reverse("wagtailadmin_home"))


@never_cache
@require_safe
def django_admin_login(request: HttpRequest) -> HttpResponseRedirect:
    """Stand at Django's /django-admin/login/.

    Raises PermissionDenied for those who may not enter.
    """
    may_enter = request.user.is_active and request.user.is_staff
    return _door(request, may_enter=may_enter, home=reverse("admin:index"))


@never_cache
@require_safe
def page_login(request: HttpRequest) -> HttpResponseRedirect:
    """Stand at Wagtail's /_util/login/, where visitors of a private page are sent.

    Raises PermissionDenied for those logged in: Wagtail sends them here only from a page that is
    not for them.
    """
    return _door(request, may_enter=False, home="/")


def _door(request: HttpRequest, *, may_enter: bool, home: str) -> HttpResponseRedirect:
    target = _safe_next(request) or home
    if request.user.is_anonymous:
        return redirect_to_login(target, reverse("account_login"))
    if not may_enter:
        raise PermissionDenied
    return HttpResponseRedirect(target)  # `redirect` would look for a view of this name


def _safe_next(request: HttpRequest) -> str:
    """Give the `next` of the query if it leads to this host, else the empty string."""
    target = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        target, {request.get_host()}, require_https=request.is_secure()
    )
    return target if is_ours else ""
