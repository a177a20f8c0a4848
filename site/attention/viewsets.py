"""The listing in Wagtail's admin: for those who may view, and nobody may change it there."""

from collections.abc import Iterable
from typing import Any

import django_filters
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.urls import URLPattern, path
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, StatusTagColumn, TitleColumn
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.permission_policies import ModelPermissionPolicy

from attention.models import Attention


class ReadOnlyPolicy(ModelPermissionPolicy):
    """Whoever has the view permission may view; nobody may do anything else, superusers included."""

    def user_has_permission(self, user: Any, action: str) -> bool:
        """Ask Django about viewing only."""
        return action == "view" and super().user_has_permission(user, action)

    def users_with_any_permission(self, actions: Iterable[str]) -> QuerySet[Any]:
        """Leave out every action but viewing."""
        return super().users_with_any_permission([action for action in actions if action == "view"])


class AttentionFilters(WagtailFilterSet):
    """Open, resolved, or both."""

    state = django_filters.ChoiceFilter(
        label="State", choices=[("open", "Open"), ("resolved", "Resolved")], method="filter_state"
    )

    class Meta:
        model = Attention
        fields: list[str] = []

    def filter_state(self, rows: QuerySet[Attention], name: str, value: str) -> QuerySet[Attention]:
        """Keep the rows in one state."""
        return rows.filter(resolved_at__isnull=value == "open")


class AttentionViewSet(ModelViewSet):
    """A list with a filter and a search, and no other screen."""

    model = Attention
    name = "attention"
    icon = "warning"
    menu_label = "Attention"
    menu_order = 160
    add_to_admin_menu = True
    add_to_reference_index = False
    copy_view_enabled = False
    list_display = (
        TitleColumn("message", label="Message", get_url=lambda row: row.link),
        StatusTagColumn("state", label="State", primary=lambda row: row.resolved_at is None),
        Column("times", label="Times", sort_key="times"),
        DateColumn("opened_at", label="Opened", sort_key="opened_at"),
        DateColumn("seen_at", label="Last seen", sort_key="seen_at"),
        Column("cause", label="Cause", sort_key="cause"),
    )
    # PostgreSQL sorts an empty time as the latest: open rows come first.
    ordering = ("-resolved_at", "-seen_at", "-pk")
    filterset_class = AttentionFilters
    search_fields = ("message", "cause")
    search_backend_name = None

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Name no view that does not exist, so that no button leads to one."""
        missing = ("add", "edit", "delete", "history", "usage")
        return super().get_common_view_kwargs(**{f"{view}_url_name": None for view in missing}, **kwargs)

    def get_urlpatterns(self) -> list[URLPattern]:
        """List, and the list alone for filter and search."""
        return [
            path("", self.index_view, name="index"),
            path("results/", self.index_results_view, name="index_results"),
        ]

    def register_admin_url_finder(self) -> None:
        """Register none: there is no page for one row."""

    def get_permissions_to_register(self) -> QuerySet[Permission]:
        """Offer the view permission among a group's settings, which Wagtail does only for an inspect view."""
        return Permission.objects.filter(content_type=ContentType.objects.get_for_model(Attention))
