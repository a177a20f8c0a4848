"""The screens in Wagtail's admin: a list, and a page per row on which a person resolves it with a
note.
"""

from typing import Any

import django_filters
from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.views.defaults import permission_denied
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component
from wagtail.admin.ui.sidebar import LinkMenuItem
from wagtail.admin.ui.tables import Column, DateColumn, StatusTagColumn, TitleColumn
from wagtail.admin.views.generic import InspectView

from admin_base.read_only import ReadOnlyViewSet
from alerts.models import Alert
from alerts.raising import resolve_by_staff

LONGEST_NOTE = 5000
SHOWN_ON_HOME = 5
MOVED = (
    "Something else was noticed since you opened this page; it stands above now. "
    "Is your note about that, too?"
)
SHOWN_OF_HISTORY = 20


class AlertFilters(WagtailFilterSet):
    """Open, resolved, or both."""

    state = django_filters.ChoiceFilter(
        label="State", choices=[("open", "Open"), ("resolved", "Resolved")], method="filter_state"
    )

    class Meta:
        model = Alert
        fields: list[str] = []

    def filter_state(self, rows: QuerySet[Alert], name: str, value: str) -> QuerySet[Alert]:
        """Keep the rows in one state."""
        return rows.filter(resolved_at__isnull=value == "open")


class ResolveForm(forms.Form):
    """What a person found and did."""

    note = forms.CharField(
        label="What you found or did",
        help_text="Kept with your name. What comes back although it was resolved is a new row.",
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 3, "required": True}),
        error_messages={"required": "Say in a few words what you found or did."},
    )


class AlertInspectView(InspectView):
    """One row with all there is about its cause, and the form to resolve it for those who may."""

    any_permission_required = ["view"]
    template_name = "alerts/admin/alert.html"
    page_title = "Alert"
    form: ResolveForm | None = None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add `row`, what was noticed of the same cause before or after, and the form, if there is
        one.
        """
        if self.form is None and self.object.state == "open" and self.user_has_permission("change"):
            self.form = ResolveForm()
        others = (
            Alert.objects.about(self.object.key)
            .exclude(pk=self.object.pk)
            .select_related("resolved_by")
        )
        more = {"row": self.object, "others": others[:SHOWN_OF_HISTORY], "form": self.form}
        return {**super().get_context_data(**kwargs), **more}

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Resolve the row, or say why it is not."""
        if not self.user_has_permission("change"):
            return permission_denied(request, PermissionDenied())
        self.form = ResolveForm(request.POST)
        if self.form.is_valid() and request.POST.get("edition") != self.object.edition:
            self.form.add_error("note", MOVED)
        if self.object.state == "open" and not self.form.is_valid():
            return self.render_to_response(self.get_context_data(), status=422)
        return self._resolve(request)

    def _resolve(self, request: HttpRequest) -> HttpResponse:
        note = self.form.cleaned_data["note"] if self.form and self.form.is_valid() else ""
        if note and resolve_by_staff(self.object, request.user, note):
            messages.success(request, "Resolved.")
            return redirect(self.index_url_name)
        messages.warning(
            request, "It was resolved meanwhile, or has changed; your note is not kept."
        )
        return redirect(request.path)


class CountedMenuItem(MenuItem):
    """Says how many rows are open.

    Menu items live as long as the process, so it counts as it is drawn.
    """

    def render_component(self, request: HttpRequest) -> LinkMenuItem:
        """Add the count to the label."""
        item = super().render_component(request)
        count = Alert.objects.open().count()
        item.label = f"{self.label} ({count})" if count else self.label
        return item


class AlertViewSet(ReadOnlyViewSet):
    """A list with a filter and a search, and a page per row."""

    model = Alert
    name = "alerts_admin"
    url_prefix = "alerts"
    icon = "warning"
    menu_label = "Alert"
    menu_order = 160
    add_to_admin_menu = True
    inspect_view_class = AlertInspectView
    list_display = (
        TitleColumn("message", label="Message", url_name="alerts_admin:inspect"),
        StatusTagColumn("state", label="State", primary=lambda row: row.resolved_at is not None),
        Column("times", label="Times", sort_key="times"),
        DateColumn("seen_at", label="Last seen", sort_key="seen_at"),
    )
    # PostgreSQL sorts an empty time as the latest: open rows come first.
    ordering = ("-resolved_at", "-seen_at", "-pk")
    filterset_class = AlertFilters
    search_fields = ("message", "key", "note")

    @cached_property
    def menu_item_class(self) -> type[MenuItem]:
        """Wagtail's own, which shows itself to those who may view, with a count."""
        return type("AlertsMenuItem", (CountedMenuItem, super().menu_item_class), {})


class AlertsPanel(Component):
    """The first screen's part: how many rows are open, and the last of them."""

    name = "alerts"
    template_name = "alerts/admin/home_panel.html"
    order = 50  # above Wagtail's own

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        """Count once, read a few."""
        rows = Alert.objects.open()
        return {"count": rows.count(), "rows": rows[:SHOWN_ON_HOME]}
