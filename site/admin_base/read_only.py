"""Screens in Wagtail's admin for rows that nobody edits, not even superusers."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.forms import Form
from django.http import Http404, HttpRequest
from django.urls import URLPattern
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from wagtail.admin.views.generic import IndexView, InspectView
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.permissions import policy_registry

from admin_base.paging import BoundedPaginator

ABSENT = {"add", "edit", "delete", "history", "usage"}


class ReadOnlyPolicy(ModelPermissionPolicy):
    """Whoever has the view permission may view; nobody may add, edit or delete.

    With `changeable`, the change permission allows the one action that a row's page offers. It
    counts only together with the view permission.
    """

    def __init__(self, model: type[Model], *, changeable: bool = False) -> None:
        super().__init__(model)
        self.actions = ("view", "change") if changeable else ("view",)

    def user_has_permission(self, user: Any, action: str) -> bool:
        """Return False for everything but `actions`."""
        if action not in self.actions or not super().user_has_permission(user, "view"):
            return False
        return super().user_has_permission(user, action)

    def users_with_any_permission(self, actions: Iterable[str]) -> QuerySet[Any]:
        """Leave out the actions that do not exist."""
        return super().users_with_any_permission(
            [action for action in actions if action in self.actions]
        )


class NoExport:
    """A list that is not exported: Wagtail would send a file of empty lines (`list_export`)."""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Raise Http404 for `?export=csv` and `?export=xlsx`."""
        super().setup(request, *args, **kwargs)  # type: ignore[misc]
        if self.is_export and not self.list_export:  # type: ignore[attr-defined]
            raise Http404


class ReadOnlyIndexView(NoExport, IndexView):
    """A list whose table scrolls sideways on a narrow screen; Wagtail's own would be cut off."""

    any_permission_required = ["view"]
    results_template_name = "admin_base/results.html"
    search_hint: str | Promise = _("Search")
    paginator_class = BoundedPaginator

    def order_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Sort rows that are otherwise equal by their key, so that each is on one page only."""
        ordered: QuerySet[Any] = super().order_queryset(queryset)
        return ordered.order_by(*(ordered.query.order_by or ordered.model._meta.ordering), "-pk")

    def get_search_form(self) -> Form | None:
        """Say in the search field what it searches."""
        form: Form | None = super().get_search_form()
        if form:
            form.fields["q"].label = str(self.search_hint)
            form.fields["q"].widget.attrs["placeholder"] = self.search_hint
        return form


class ReadOnlyInspectView(InspectView):
    """The page of one row."""

    any_permission_required = ["view"]

    def get_object(self, queryset: QuerySet[Any] | None = None) -> Any:
        """Raise Http404 also for a key that no row can have, such as one with a NUL."""
        try:
            return super().get_object(queryset)
        except (ValueError, ValidationError):
            raise Http404 from None


class ReadOnlyViewSet(ModelViewSet):
    """A list and a page per row; the URLs of Wagtail's other screens do not exist.

    Its model has a ReadOnlyPolicy.
    """

    add_to_reference_index = False
    copy_view_enabled = False
    inspect_view_enabled = True
    index_view_class = ReadOnlyIndexView
    inspect_view_class = ReadOnlyInspectView
    exclude_form_fields: list[str] = []  # there is no form, but the viewset needs this
    list_per_page = 50
    search_backend_name = None
    search_hint: str | Promise = _("Search")

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Leave out the names of views that do not exist, so that no button leads to one."""
        return super().get_common_view_kwargs(
            **{**{f"{name}_url_name": None for name in ABSENT}, **kwargs}
        )

    def get_index_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Add the text of the search field."""
        return super().get_index_view_kwargs(**{"search_hint": self.search_hint, **kwargs})

    def get_urlpatterns(self) -> list[URLPattern]:
        """The list, its results, and the page of one row."""
        return [pattern for pattern in super().get_urlpatterns() if pattern.name not in ABSENT]

    def get_permissions_to_register(self) -> QuerySet[Permission]:
        """Offer only the permissions that have a meaning to groups."""
        actions = policy_registry.get_by_type(self.model).actions
        codenames = [f"{action}_{self.model_opts.model_name}" for action in actions]
        return super().get_permissions_to_register().filter(codename__in=codenames)

    def register_admin_url_finder(self) -> None:
        """Register none: a finder leads to an edit screen, and there is none."""
