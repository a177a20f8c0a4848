"""Closes views of Wagtail that show pages, pictures or other people's actions to all staff.

Wagtail asks for nothing but access to the admin in its choosers, its API and its bulk actions, and
its site history shows the log entries of every model.
"""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from wagtail.images import get_image_model
from wagtail.permissions import page_permission_policy, policy_registry

GetResponse = Callable[[HttpRequest], HttpResponse]


def works_on_pages(user: Any) -> bool:
    """Whether somebody may do anything with a page."""
    actions = ("add", "change", "publish", "lock", "unlock", "bulk_delete")
    return bool(page_permission_policy.user_has_any_permission(user, actions))


def works_on_images(user: Any) -> bool:
    """Whether somebody may do anything with a picture."""
    actions = ("add", "change", "delete", "choose")
    policy = policy_registry.get_by_type(get_image_model())
    return bool(policy.user_has_any_permission(user, actions))


def works_on_workflows(user: Any) -> bool:
    """Whether somebody may change a workflow."""
    return bool(user.has_perm("wagtailcore.change_workflow"))


def sees_everything(user: Any) -> bool:
    """Whether somebody knows both pages and orders."""
    return works_on_pages(user) and user.has_perm("orders.view_order")


# By how the names of the views begin.
CLOSED: tuple[tuple[str, Callable[[Any], bool]], ...] = (
    ("wagtailadmin_pages:", works_on_pages),
    ("wagtailadmin_choose_page", works_on_pages),
    ("wagtailadmin_api:pages:", works_on_pages),
    ("wagtailadmin_api:images:", works_on_images),
    ("wagtailimages_chooser:", works_on_images),
    ("wagtailadmin_workflows:task_chooser", works_on_workflows),
    ("wagtailadmin_reports:site_history", sees_everything),
)
BULK = {
    "wagtailcore": works_on_pages,
    "shop_images": works_on_images,
    "orders": lambda user: user.has_perm("orders.view_order"),
    # Wagtail does not check who may assign roles or delete users.
    "users": lambda user: user.is_superuser,
}


class AdminAccessMiddleware:
    """Refuses staff whose role has nothing to do with what a view of Wagtail shows."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Only `process_view` does something."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        """Raise PermissionDenied, or Http404 for Wagtail's pages that test its error pages."""
        if not request.path.startswith("/admin/") or request.resolver_match is None:
            return
        if request.path in ("/admin/failwhale/", "/admin/test404/"):
            raise Http404
        user = request.user
        # Wagtail itself sends the others to the login.
        is_staff = user.has_perm("wagtailadmin.access_admin")
        if is_staff and not is_open(user, request.resolver_match):
            raise PermissionDenied


def is_open(user: Any, match: Any) -> bool:
    """Whether this user may open the view that was found."""
    if match.view_name == "wagtail_bulk_action" and match.kwargs["app_label"] in BULK:
        return BULK[match.kwargs["app_label"]](user)
    for beginning, may_open in CLOSED:
        if match.view_name.startswith(beginning):
            return may_open(user)
    return True
