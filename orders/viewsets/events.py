"""The event log: what Stripe told us, word for word, what came of it, and a button to act on it
again.
"""

import json
from typing import Any

import django_filters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.defaults import permission_denied
from wagtail.admin import messages
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.ui.tables import Column, StatusTagColumn, TitleColumn
from wagtail.admin.views.generic import InspectView
from wagtail.log_actions import log
from wagtail.models import ModelLogEntry

from admin_base.columns import UNBROKEN, MomentColumn, shortened
from admin_base.read_only import ReadOnlyIndexView, ReadOnlyViewSet
from orders.events.replay import replay
from orders.models import StripeEvent
from orders.statuses import EventOutcome

REPLAY = "orders.replay"  # in Wagtail's log of what staff did
SHOWN = 20  # of an event's replays


class EventFilters(WagtailFilterSet):
    """By outcome, type and day."""

    type = django_filters.CharFilter(label="Type contains", lookup_expr="icontains")
    received_at = django_filters.DateFromToRangeFilter(
        label="Received", widget=DateRangePickerWidget
    )

    class Meta:
        model = StripeEvent
        fields = ["outcome", "type", "received_at"]


class EventIndexView(ReadOnlyIndexView):
    """The list, without the bodies."""

    def get_base_queryset(self) -> QuerySet[StripeEvent]:
        """Events as a list shows them."""
        return super().get_base_queryset().defer("body")


class EventInspectView(InspectView):
    """One event with its body, and the button for those who may press it."""

    any_permission_required = ["view"]
    template_name = "orders/admin/event.html"
    page_title = "Event"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add `event`, its body in lines, who replayed it, and whether this user may."""
        replays = (
            ModelLogEntry.objects.for_instance(self.object)
            .filter(action=REPLAY)
            .order_by("-timestamp", "-pk")
        )
        event = {
            "event": self.object,
            "body": _in_lines(self.object.body),
            "replays": replays[:SHOWN],
        }
        return {
            **super().get_context_data(**kwargs),
            **event,
            "may_replay": self.user_has_permission("change"),
        }

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Process the event again and say what came of it."""
        if not self.user_has_permission("change"):
            return permission_denied(request, PermissionDenied())
        came_of_it = replay(self.object)
        log(self.object, REPLAY, user=request.user, data={"came_of_it": str(came_of_it)})
        tell = messages.success if came_of_it.is_done else messages.warning
        tell(
            request,
            f"Processed again. {came_of_it}"
            if came_of_it.is_done
            else f"Tried again. {came_of_it}",
        )
        return redirect(request.path)


def _in_lines(body: str) -> str:
    try:
        lines = json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return body
    return lines.encode(
        "utf-8", "backslashreplace"
    ).decode()  # half surrogate pairs cannot be sent to a browser


class EventViewSet(ReadOnlyViewSet):
    """List, read and replay."""

    model = StripeEvent
    name = "events_admin"
    url_prefix = "events"
    icon = "list-ul"
    menu_label = "Events"
    index_view_class = EventIndexView
    inspect_view_class = EventInspectView
    list_display = (
        TitleColumn(
            "id",
            label="Event",
            accessor=lambda row: shortened(row.pk),
            sort_key="id",
            url_name="events_admin:inspect",
            classname=UNBROKEN,
        ),
        MomentColumn("received_at", label="Received", sort_key="received_at", classname=UNBROKEN),
        Column("type", label="Type", sort_key="type"),
        StatusTagColumn(
            "outcome", label="Outcome", primary=lambda row: row.outcome != EventOutcome.PENDING
        ),
        Column("reason", label="Reason", accessor=lambda row: row.reason[:200]),
        Column("tries", label="Retries", sort_key="tries"),
    )
    filterset_class = EventFilters
    search_fields = ("id", "type")
