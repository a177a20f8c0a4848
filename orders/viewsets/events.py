"""Stripe's events in the admin: each with its text as signed (until that is deleted), its outcome,
and a button to process it again.
"""

from typing import Any

import django_filters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy
from django.views.defaults import permission_denied
from wagtail.admin import messages
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.ui.tables import Column, StatusTagColumn, TitleColumn
from wagtail.log_actions import log
from wagtail.models import ModelLogEntry

from admin_base.columns import UNBROKEN, MomentColumn, shortened
from admin_base.read_only import ReadOnlyIndexView, ReadOnlyInspectView, ReadOnlyViewSet
from orders.events.replay import replay
from orders.models import StripeEvent
from orders.statuses import EventOutcome

REPLAY = "orders.replay"  # in Wagtail's log of what staff did
SHOWN = 20  # of an event's replays
ALL = "all"


class EventFilters(WagtailFilterSet):
    """Filters by outcome, type and day. Without outcome and search, `ignored` is hidden."""

    outcome = django_filters.ChoiceFilter(
        label=gettext_lazy("Outcome"),
        choices=[(ALL, gettext_lazy("All")), *EventOutcome.choices],
        empty_label=None,
        method="filter_outcome",
    )
    type = django_filters.CharFilter(label=gettext_lazy("Type contains"), lookup_expr="icontains")
    received_at = django_filters.DateFromToRangeFilter(
        label=gettext_lazy("Received"), widget=DateRangePickerWidget
    )

    class Meta:
        model = StripeEvent
        fields = ["outcome", "type", "received_at"]

    @property
    def hides_some(self) -> bool:
        """Whether the list leaves out events because nobody has asked for them."""
        is_chosen = self.form.is_valid() and self.form.cleaned_data.get("outcome")
        return not (is_chosen or self.data.get("q"))

    def filter_outcome(
        self, rows: QuerySet[StripeEvent], name: str, value: str
    ) -> QuerySet[StripeEvent]:
        """Keep the events with one outcome, or all."""
        return rows if value == ALL else rows.filter(outcome=value)

    def filter_queryset(self, queryset: QuerySet[StripeEvent]) -> QuerySet[StripeEvent]:
        """Leave out what the shop does not use unless somebody asks for it."""
        rows: QuerySet[StripeEvent] = super().filter_queryset(queryset)
        return rows.exclude(outcome=EventOutcome.IGNORED) if self.hides_some else rows


class EventIndexView(ReadOnlyIndexView):
    """The list, without the bodies."""

    results_template_name = "orders/admin/events_results.html"

    def get_base_queryset(self) -> QuerySet[StripeEvent]:
        """Events without their bodies, which the list does not show."""
        return super().get_base_queryset().defer("body")


class EventInspectView(ReadOnlyInspectView):
    """One event with its body, and the button for users who may use it."""

    template_name = "orders/admin/event.html"
    page_title = gettext_lazy("Event")

    def get_page_subtitle(self) -> str:
        return str(self.object.pk)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add `event`, `replays` (who processed it again), and whether this user may."""
        replays = ModelLogEntry.objects.for_instance(self.object).filter(action=REPLAY)
        return {
            **super().get_context_data(**kwargs),
            "event": self.object,
            "replays": replays.order_by("-timestamp", "-pk")[:SHOWN],
            "may_replay": self.user_has_permission("change"),
        }

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Process the event again and show the result."""
        if not self.user_has_permission("change"):
            return permission_denied(request, PermissionDenied())
        result = replay(self.object)
        log(self.object, REPLAY, user=request.user, data={"result": str(result)})
        show = messages.success if result.is_done else messages.warning
        show(request, str(result))
        return redirect(request.path)


class EventViewSet(ReadOnlyViewSet):
    """Events in the menu Payments."""

    model = StripeEvent
    name = "events_admin"
    url_prefix = "events"
    icon = "list-ul"
    menu_label = gettext_lazy("Events")
    index_view_class = EventIndexView
    inspect_view_class = EventInspectView
    list_display = (
        TitleColumn(
            "id",
            label=gettext_lazy("Event"),
            accessor=lambda row: shortened(row.pk),
            sort_key="id",
            url_name="events_admin:inspect",
            classname=UNBROKEN,
        ),
        MomentColumn(
            "received_at",
            label=gettext_lazy("Received"),
            sort_key="received_at",
            classname=UNBROKEN,
        ),
        Column("type", label=gettext_lazy("Type"), sort_key="type"),
        StatusTagColumn(
            "get_outcome_display",
            label=gettext_lazy("Outcome"),
            primary=lambda row: row.outcome == EventOutcome.PENDING,
        ),
        Column("reason", label=gettext_lazy("Reason"), accessor=lambda row: row.reason[:200]),
        Column("tries", label=gettext_lazy("Retries"), sort_key="tries"),
    )
    filterset_class = EventFilters
    search_fields = ("id", "type")
    search_hint = gettext_lazy("Event ID or type")
