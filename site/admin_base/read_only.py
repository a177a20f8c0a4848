"""Screens of Wagtail's admin for rows that nobody edits: a list and a page per row, superusers
included.
"""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import Model, QuerySet
from django.urls import URLPattern
from wagtail.admin.views.generic import IndexView
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.permissions import policy_registry

ABSENT = {"add", "edit", "delete", "history", "usage"}


class ReadOnlyPolicy(ModelPermissionPolicy):
    """Whoever has the view permission may view.

    `change` stands for the one thing that can be done on a row's page, where there is one; it
    counts only beside `view`. Nobody may do anything else.
    """

    def __init__(self, model: type[Model], *, changeable: bool = False) -> None:
        super().__init__(model)
        self.actions = ("view", "change") if changeable else ("view",)

    def user_has_permission(self, user: Any, action: str) -> bool:
        """Ask Django about the actions there are."""
        if action not in self.actions or not super().user_has_permission(user, "view"):
            return False
        return super().user_has_permission(user, action)

    def users_with_any_permission(self, actions: Iterable[str]) -> QuerySet[Any]:
        """Leave out every action that there is not."""
        return super().users_with_any_permission(
            [action for action in actions if action in self.actions]
        )


class ReadOnlyIndexView(IndexView):
    """A list whose table scrolls sideways on a narrow screen; Wagtail's own would be cut off."""

    any_permission_required = ["view"]
    results_template_name = "admin_base/results.html"


class ReadOnlyViewSet(ModelViewSet):
    """List and read.

    The addresses of Wagtail's other screens do not exist. Its model has a ReadOnlyPolicy.
    """

    add_to_reference_index = False
    copy_view_enabled = False
    inspect_view_enabled = True
    index_view_class = ReadOnlyIndexView
    exclude_form_fields: list[str] = []  # there is no form, but the viewset wants to know
    list_per_page = 50
    search_backend_name = None

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Name no view that does not exist, so that no button leads to one."""
        return super().get_common_view_kwargs(
            **{**{f"{name}_url_name": None for name in ABSENT}, **kwargs}
        )

    def get_urlpatterns(self) -> list[URLPattern]:
        """The list, its results, and the page of one row."""
        return [pattern for pattern in super().get_urlpatterns() if pattern.name not in ABSENT]

    def get_permissions_to_register(self) -> QuerySet[Permission]:
        """Offer a group the permissions that mean something."""
        actions = policy_registry.get_by_type(self.model).actions
        codenames = [f"{action}_{self.model_opts.model_name}" for action in actions]
        return super().get_permissions_to_register().filter(codename__in=codenames)

    def register_admin_url_finder(self) -> None:
        """Register none: a finder leads to an edit screen, and there is none."""
