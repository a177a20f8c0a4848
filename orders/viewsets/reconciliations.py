"""The proof for an accountant: is there a payment without an order, an order without a payment, an amount that differs?

One screen answers for the newest run, in words that claim no more than was compared; every run is kept below.
"""

from datetime import timedelta
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.ui.tables import Column, StatusTagColumn
from wagtail.admin.views.generic import InspectView

from attention import causes
from attention.read_only import ReadOnlyIndexView, ReadOnlyViewSet
from money import amount_text
from orders.models import Reconciliation
from orders.reconciliation import CAUSE
from orders.viewsets.columns import UNBROKEN, MomentColumn, MomentTitleColumn
from products import accounts

FRESH = timedelta(hours=2)
LONGEST_RUN = timedelta(hours=1)  # a run that has said nothing for so long is not under way any more


class Proof:
    """What the runs on the account of the shop's key prove at this moment, for a template.

    `newest` and `deep` are finished runs or None, `later` a newer one that has not finished; `open_count` is how many
    differences, of any run, still wait for a person.
    """

    def __init__(self) -> None:
        known = accounts.known()
        self.account = known.account if known else ""
        runs = Reconciliation.objects.filter(account=self.account)
        finished = runs.filter(finished_at__isnull=False)
        last = runs.first()
        self.later = last if last and last.finished_at is None else None
        self.newest = finished.first() if self.later else last
        self.deep = finished.filter(is_deep=True).first()
        self.open_count = len(causes.open_causes(CAUSE))

    @property
    def explained(self) -> int:
        """Differences of the newest run that a person has explained."""
        return explained_by(self.newest) if self.newest else 0

    @property
    def is_old(self) -> bool:
        """The newest finished run says nothing of the last two hours."""
        return self.newest is not None and self.newest.cutoff < timezone.now() - FRESH

    @property
    def later_state(self) -> str:
        """`under way` or `broke off`."""
        return state_of(self.later) if self.later else ""


def explained_by(run: Reconciliation) -> int:
    """How many of the differences written down a person has explained; they are not in the run's count."""
    return sum(bool(difference.get("explained")) for difference in run.differences)


def state_of(run: Reconciliation) -> str:
    """Return `agrees`, `differs`, `under way` or `broke off`."""
    if run.finished_at:
        return "agrees" if run.agrees else "differs"
    is_under_way = not run.error and run.started_at > timezone.now() - LONGEST_RUN
    return "under way" if is_under_way else "broke off"


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

    def filter_found(self, rows: QuerySet[Reconciliation], name: str, value: str) -> QuerySet[Reconciliation]:
        """Keep the runs that came to one end."""
        if value == "unfinished":
            return rows.filter(finished_at=None)
        finished = rows.filter(finished_at__isnull=False)
        return finished.filter(difference_count=0) if value == "agrees" else finished.filter(difference_count__gt=0)


class ReconciliationIndexView(ReadOnlyIndexView):
    """The answer, and the runs."""

    template_name = "orders/admin/reconciliations.html"

    def get_base_queryset(self) -> QuerySet[Reconciliation]:
        """Runs as a list shows them."""
        return super().get_base_queryset().defer("differences")

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add `proof`."""
        return {**super().get_context_data(*args, **kwargs), "proof": Proof()}


class ReconciliationInspectView(InspectView):
    """One run with what it found."""

    template_name = "orders/admin/reconciliation.html"
    page_title = "Reconciliation"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add `run`, its state, and how many of its differences are explained."""
        more = {"run": self.object, "state": state_of(self.object), "explained": explained_by(self.object)}
        return {**super().get_context_data(**kwargs), **more}


def _found(run: Reconciliation) -> str:
    count = run.difference_count
    return f"{count} difference{'s' if count > 1 else ''}" if run.finished_at and count else state_of(run)


class ReconciliationViewSet(ReadOnlyViewSet):
    """The proof, the list, and a page per run."""

    model = Reconciliation
    name = "reconciliations"
    icon = "check"
    menu_label = "Reconciliations"
    index_view_class = ReconciliationIndexView
    inspect_view_class = ReconciliationInspectView
    list_display = (
        MomentTitleColumn(
            "cutoff", label="As of", sort_key="cutoff", url_name="reconciliations:inspect", classname=UNBROKEN
        ),
        StatusTagColumn(
            "found",
            label="Found",
            accessor=_found,
            primary=lambda run: state_of(run) == "agrees",
            classname=UNBROKEN,
        ),
        MomentColumn("since", label="From", sort_key="since", classname=UNBROKEN),
        Column("sessions", label="Payments", sort_key="sessions"),
        Column("orders", label="Orders", sort_key="orders"),
        Column("total", label="At Stripe", accessor=lambda run: amount_text(run.stripe_total, run.currency)),
        Column("ours", label="In orders", accessor=lambda run: amount_text(run.orders_total, run.currency)),
        Column("is_deep", label="Looked back", accessor=lambda run: "five weeks" if run.is_deep else "–"),
    )
    ordering = ("-started_at", "-pk")
    filterset_class = ReconciliationFilters
