"""Reconciliations in the admin, for accountants: is there a payment without an order, an order
without a payment, or an amount that differs?

One screen shows the result of the newest run and what was compared; every run is listed below.
"""

from typing import Any

import django_filters
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.ui.tables import BooleanColumn, Column, StatusTagColumn

from admin_base.columns import UNBROKEN, MomentColumn, MomentTitleColumn
from admin_base.read_only import ReadOnlyIndexView, ReadOnlyInspectView, ReadOnlyViewSet
from admin_base.times import short_time
from alerts.raising import open_subjects
from money import amount_text
from orders.alerts import DISCREPANCY
from orders.models import Reconciliation
from orders.models.reconciliation import ReconciliationQuerySet
from products import stripe_account


class ReconciliationFilters(WagtailFilterSet):
    """Filters by result, kind and day."""

    found = django_filters.ChoiceFilter(
        label=_("Result"),
        choices=[
            ("agreeing", _("No discrepancies")),
            ("differing", _("Discrepancies")),
            ("unfinished", _("Not finished")),
        ],
        method="filter_found",
    )
    is_deep = django_filters.BooleanFilter(label=_("Daily run"))
    cutoff = django_filters.DateFromToRangeFilter(label=_("As of"), widget=DateRangePickerWidget)

    class Meta:
        model = Reconciliation
        fields = ["is_deep", "cutoff"]

    def filter_found(
        self, rows: ReconciliationQuerySet, name: str, value: str
    ) -> ReconciliationQuerySet:
        """Keep the runs with one result."""
        found: ReconciliationQuerySet = getattr(rows, value)()
        return found


class ReconciliationIndexView(ReadOnlyIndexView):
    """The newest result, and all runs."""

    template_name = "orders/admin/reconciliations.html"

    def get_base_queryset(self) -> ReconciliationQuerySet:
        """Runs without their discrepancies, which the list does not show."""
        rows: ReconciliationQuerySet = super().get_base_queryset().defer("discrepancies")
        return rows

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the runs on the shop's current Stripe account that the answer is made of.

        `newest` and `deep` are finished runs or None, `later` is a newer run that has not finished;
        `open_count` is the number of open alerts about discrepancies, of any run.
        """
        known = stripe_account.known()
        runs = Reconciliation.objects.filter(account=known.account if known else "")
        last = runs.first()
        return {
            **super().get_context_data(*args, **kwargs),
            "account": known.account if known else "",
            "newest": runs.finished().first(),
            "deep": runs.finished().filter(is_deep=True).first(),
            "later": last if last and last.finished_at is None else None,
            "open_count": len(open_subjects(DISCREPANCY)),
        }


class ReconciliationInspectView(ReadOnlyInspectView):
    """One run with the discrepancies that it found."""

    template_name = "orders/admin/reconciliation.html"
    page_title = _("Reconciliation")

    def get_page_subtitle(self) -> str:
        """The moment as of which Stripe and the orders were compared."""
        return short_time(self.object.cutoff)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add `run`."""
        return {**super().get_context_data(**kwargs), "run": self.object}


class ReconciliationViewSet(ReadOnlyViewSet):
    """Reconciliations in the menu Payments."""

    model = Reconciliation
    name = "reconciliations_admin"
    url_prefix = "reconciliations"
    icon = "check"
    menu_label = _("Reconciliations")
    index_view_class = ReconciliationIndexView
    inspect_view_class = ReconciliationInspectView
    list_display = (
        MomentTitleColumn(
            "cutoff",
            label=_("As of"),
            sort_key="cutoff",
            url_name="reconciliations_admin:inspect",
            classname=UNBROKEN,
        ),
        StatusTagColumn(
            "result", label=_("Result"), primary=lambda run: not run.agrees, classname=UNBROKEN
        ),
        MomentColumn("since", label=_("From"), sort_key="since", classname=UNBROKEN),
        Column("sessions", label=_("Paid sessions"), sort_key="sessions"),
        Column("orders", label=_("Orders"), sort_key="orders"),
        Column(
            "stripe_total",
            label=_("Total at Stripe"),
            accessor=lambda run: amount_text(run.stripe_total, run.currency),
        ),
        Column(
            "orders_total",
            label=_("Total of orders"),
            accessor=lambda run: amount_text(run.orders_total, run.currency),
        ),
        BooleanColumn("is_deep", label=_("Daily run")),
    )
    ordering = ("-started_at", "-pk")
    filterset_class = ReconciliationFilters
