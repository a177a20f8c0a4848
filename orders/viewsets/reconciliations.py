"""The proof for an accountant: is there a payment without an order, an order without a payment, an
amount that differs?

One screen answers for the newest run, in words that claim no more than was compared; every run is
kept below.
"""

from typing import Any

import django_filters
from django.db.models import QuerySet
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.ui.tables import Column, StatusTagColumn
from wagtail.admin.views.generic import InspectView

from admin_base.columns import UNBROKEN, MomentColumn, MomentTitleColumn
from admin_base.read_only import ReadOnlyIndexView, ReadOnlyViewSet
from alerts.raising import open_subjects
from money import amount_text
from orders.alerts import DISCREPANCY
from orders.models import Reconciliation
from products import stripe_account


class Summary:
    """What the runs on the current Stripe account say now, for the template.

    `newest` and `deep` are finished runs or None, `later` is a newer run without an end;
    `open_count` is the number of open alerts about discrepancies, of any run.
    """

    def __init__(self) -> None:
        known = stripe_account.known()
        self.account = known.account if known else ""
        runs = Reconciliation.objects.filter(account=self.account)
        finished = runs.filter(finished_at__isnull=False)
        last = runs.first()
        self.later = last if last and last.finished_at is None else None
        self.newest = finished.first() if self.later else last
        self.deep = finished.filter(is_deep=True).first()
        self.open_count = len(open_subjects(DISCREPANCY))


class ReconciliationFilters(WagtailFilterSet):
    """By what was found and by day."""

    found = django_filters.ChoiceFilter(
        label="Found",
        choices=[("agrees", "Agrees"), ("differs", "Differs"), ("unfinished", "Did not finish")],
        method="filter_found",
    )
    cutoff = django_filters.DateFromToRangeFilter(label="As of", widget=DateRangePickerWidget)

    class Meta:
        model = Reconciliation
        fields = ["is_deep", "cutoff"]

    def filter_found(
        self, rows: QuerySet[Reconciliation], name: str, value: str
    ) -> QuerySet[Reconciliation]:
        """Keep the runs that came to one end."""
        if value == "unfinished":
            return rows.filter(finished_at=None)
        finished = rows.filter(finished_at__isnull=False)
        return (
            finished.filter(discrepancy_count=0)
            if value == "agrees"
            else finished.filter(discrepancy_count__gt=0)
        )


class ReconciliationIndexView(ReadOnlyIndexView):
    """The answer, and the runs."""

    template_name = "orders/admin/reconciliations.html"

    def get_base_queryset(self) -> QuerySet[Reconciliation]:
        """Runs as a list shows them."""
        return super().get_base_queryset().defer("discrepancies")

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add `summary`."""
        return {**super().get_context_data(*args, **kwargs), "summary": Summary()}


class ReconciliationInspectView(InspectView):
    """One run with what it found."""

    template_name = "orders/admin/reconciliation.html"
    page_title = "Reconciliation"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add `run`."""
        return {**super().get_context_data(**kwargs), "run": self.object}


def _found(run: Reconciliation) -> str:
    count = run.discrepancy_count
    return (
        f"{count} discrepanc{'ies' if count > 1 else 'y'}"
        if run.finished_at and count
        else run.state
    )


class ReconciliationViewSet(ReadOnlyViewSet):
    """The proof, the list, and a page per run."""

    model = Reconciliation
    name = "reconciliations_admin"
    url_prefix = "reconciliations"
    icon = "check"
    menu_label = "Reconciliations"
    index_view_class = ReconciliationIndexView
    inspect_view_class = ReconciliationInspectView
    list_display = (
        MomentTitleColumn(
            "cutoff",
            label="As of",
            sort_key="cutoff",
            url_name="reconciliations_admin:inspect",
            classname=UNBROKEN,
        ),
        StatusTagColumn(
            "found",
            label="Found",
            accessor=_found,
            primary=lambda run: run.agrees,
            classname=UNBROKEN,
        ),
        MomentColumn("since", label="From", sort_key="since", classname=UNBROKEN),
        Column("sessions", label="Payments", sort_key="sessions"),
        Column("orders", label="Orders", sort_key="orders"),
        Column(
            "total",
            label="At Stripe",
            accessor=lambda run: amount_text(run.stripe_total, run.currency),
        ),
        Column(
            "ours",
            label="In orders",
            accessor=lambda run: amount_text(run.orders_total, run.currency),
        ),
        Column(
            "is_deep",
            label="Looked back",
            accessor=lambda run: "five weeks" if run.is_deep else "–",
        ),
    )
    ordering = ("-started_at", "-pk")
    filterset_class = ReconciliationFilters
