"""The alerts in Wagtail's admin: a list, and a page per alert with a form to resolve it."""

from typing import Any

import django_filters
from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views.defaults import permission_denied
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component
from wagtail.admin.ui.sidebar import LinkMenuItem
from wagtail.admin.ui.tables import Column, StatusTagColumn, TitleColumn
from wagtail.admin.views.generic import InspectView

from admin_base.columns import UNBROKEN, MomentColumn
from admin_base.read_only import ReadOnlyViewSet
from alerts.models import Alert, AlertQuerySet
from alerts.raising import resolve_by_staff
from alerts.registry import Severity

LONGEST_NOTE = 5000
SHOWN_ON_HOME = 5
CHANGED = _(
    "The alert has changed since you opened this page. Read its message again, then resolve it."
)
SHOWN_OF_HISTORY = 20
STATES = [("open", _("Open")), ("resolved", _("Resolved"))]


class AlertFilters(WagtailFilterSet):
    """By state and severity."""

    state = django_filters.ChoiceFilter(label=_("State"), choices=STATES, method="filter_state")
    severity = django_filters.ChoiceFilter(
        label=_("Severity"), choices=Severity.choices, method="filter_severity"
    )

    class Meta:
        model = Alert
        fields: list[str] = []

    def filter_state(self, rows: QuerySet[Alert], name: str, value: str) -> QuerySet[Alert]:
        """Keep the alerts in one state."""
        return rows.filter(resolved_at__isnull=value == "open")

    def filter_severity(self, rows: AlertQuerySet, name: str, value: str) -> QuerySet[Alert]:
        """Keep the alerts with one severity."""
        return rows.with_severity(value)


class ResolveForm(forms.Form):
    """The note with which a person resolves an alert."""

    note = forms.CharField(
        label=_("Note"),
        help_text=_(
            "What did you find, and what did you do? The note is kept with your name. If the"
            " problem comes back, there will be a new alert."
        ),
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 3, "required": True}),
        error_messages={"required": _("Describe in a few words what you found or did.")},
    )


class AlertInspectView(InspectView):
    """One alert: what happened, what to do, and the form to resolve it for those who may."""

    any_permission_required = ["view"]
    template_name = "alerts/admin/alert.html"
    page_title = _("Alert")
    form: ResolveForm | None = None

    def get_page_subtitle(self) -> str:
        """Not the message, which may be long and is shown below."""
        return str(self.object.title)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add `row`, earlier and later alerts with the same key, and the form, if there is one."""
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
        """Resolve the alert, or explain why not."""
        if not self.user_has_permission("change"):
            return permission_denied(request, PermissionDenied())
        form = self.form = ResolveForm(request.POST)
        if form.is_valid() and request.POST.get("edition") != self.object.edition:
            form.add_error("note", CHANGED)
        if self.object.state == "open" and not form.is_valid():
            return self.render_to_response(self.get_context_data(), status=422)
        if form.is_valid() and resolve_by_staff(
            self.object, request.user, form.cleaned_data["note"]
        ):
            messages.success(request, _("The alert is resolved."))
            return redirect(self.index_url_name)
        messages.warning(
            request,
            _(
                "Your note was not saved, because the alert has changed or has been resolved in the"
                " meantime."
            ),
        )
        return redirect(request.path)


class CountedMenuItem(MenuItem):
    """Shows the number of open alerts.

    Menu items live as long as the process, so it counts each time it is rendered.
    """

    def render_component(self, request: HttpRequest) -> LinkMenuItem:
        """Add the count to the label."""
        item = super().render_component(request)
        count = Alert.objects.open().count()
        item.label = f"{self.label} ({count})" if count else self.label
        return item


class AlertViewSet(ReadOnlyViewSet):
    """A list with filters and a search, and a page per alert."""

    model = Alert
    name = "alerts_admin"
    url_prefix = "alerts"
    icon = "warning"
    menu_label = _("Alerts")
    menu_order = 160
    add_to_admin_menu = True
    inspect_view_class = AlertInspectView
    list_display = (
        TitleColumn("title", label=_("Alert"), url_name="alerts_admin:inspect"),
        Column("message", label=_("Message")),
        StatusTagColumn("severity", label=_("Severity"), primary=lambda row: row.is_critical),
        StatusTagColumn("state_text", label=_("State"), primary=lambda row: row.state == "open"),
        Column("times", label=_("Times"), sort_key="times"),
        MomentColumn("seen_at", label=_("Last seen"), sort_key="seen_at", classname=UNBROKEN),
    )
    # PostgreSQL sorts an empty time as the latest: open alerts come first.
    ordering = ("-resolved_at", "-seen_at", "-pk")
    filterset_class = AlertFilters
    search_fields = ("message", "key", "note")

    @cached_property
    def menu_item_class(self) -> type[MenuItem]:
        """Wagtail's own, which is shown to those who may view alerts, with a count."""
        return type("AlertsMenuItem", (CountedMenuItem, super().menu_item_class), {})


class AlertsPanel(Component):
    """On the admin's home page: the number of open alerts, and the latest."""

    name = "alerts"
    template_name = "alerts/admin/home_panel.html"
    order = 50  # above Wagtail's own

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        """Return the number of open alerts and a few of them."""
        rows = Alert.objects.open()
        return {"count": rows.count(), "rows": rows[:SHOWN_ON_HOME]}
