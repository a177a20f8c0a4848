"""Compare Stripe with our records: sessions with orders, refunds and disputes with ours.

Both sides are read in the order in which Stripe created the objects, a span of time at a time, so
that memory use is constant. Whatever differs is retrieved again before it is reported as a
discrepancy. An object that cannot be read is reported, and the comparison goes on.
"""

from contextlib import suppress
from datetime import datetime
from typing import Protocol

from django.conf import settings
from django.db import Error
from django.db.models import Max, Min
from django.utils import timezone

from alerts.raising import open_subjects, resolve_alert
from orders import policy
from orders.alerts import DISCREPANCY
from orders.models import Checkout, Reconciliation
from orders.reconciliation import repair as repairs
from orders.reconciliation.findings import Findings
from orders.reconciliation.mirrors import DISPUTES, REFUNDS, MirrorComparison
from orders.reconciliation.sessions import SessionComparison
from orders.reconciliation.throttle import Throttle
from products import stripe_account
from stripe_gateway.errors import GatewayError


def reconcile(*, since: datetime | None = None, repair: bool = True) -> Reconciliation:
    """Compare all sessions, refunds and disputes created since a moment (see `default_since`), and
    store the result as a row.

    With `repair`, missing orders are created, expired checkouts are polled, and alerts are raised
    about the rest. Raises GatewayError if Stripe cannot be queried to the end; like any other
    interruption, the row then says so.
    """
    throttle = Throttle()
    known = stripe_account.known()
    row = begin(known.account if known else "", since)
    try:
        # The account may have changed: compared with another one, all orders would look lost.
        if (account := throttle.make(stripe_account.refresh)) != row.account:
            row.delete()
            row = begin(account, since)
        findings = Findings(row, repair=repair)
        comparison = SessionComparison(findings, throttle)
        comparison.compare_all()
        refunds = MirrorComparison(REFUNDS, findings, throttle)
        refunds.compare_all()
        disputes = MirrorComparison(DISPUTES, findings, throttle)
        disputes.compare_all()
        if repair:
            resolve_alerts(findings, comparison, refunds, disputes)
    except Exception as error:
        store_interruption(row, error)
        raise
    row.finished_at = timezone.now()
    row.save()
    if repair:
        repairs.alert_about_other_accounts(row.account)
        for completion in repairs.poll_expired_checkouts(row, throttle):
            comparison.count_created(completion)
        row.save(update_fields=["created_orders"])
    return row


def store_interruption(row: Reconciliation, error: Exception) -> None:
    """Store why the run was interrupted.

    Of several runs with the same error, the newest row is enough.
    """
    row.error = str(error) if isinstance(error, GatewayError) else repr(error)
    with suppress(Error):  # the database may be what failed
        Reconciliation.objects.filter(
            account=row.account, finished_at=None, error=row.error
        ).delete()
        row.save()


def begin(account: str, since: datetime | None) -> Reconciliation:
    """Create the row of a run that ends now."""
    now, is_deep = timezone.now().replace(microsecond=0), False
    if since is None:
        since, is_deep = default_since(account, now)
    return Reconciliation.objects.create(
        account=account,
        is_deep=is_deep,
        since=since,
        cutoff=now,
        started_at=now,
        currency=settings.SHOP_CURRENCY,
    )


def default_since(account: str, now: datetime) -> tuple[datetime, bool]:
    """The start of a run's period, and whether the run is deep: five weeks or more if it is, else
    a day before the last deep run that agreed. Deep runs that agree leave no gap between them.

    Other runs say nothing about the time before them: people choose where those start.
    """
    deep = Reconciliation.objects.filter(
        account=account, is_deep=True, finished_at__isnull=False, discrepancy_count=0
    )
    # A row from the future was written by a wrong clock.
    last = deep.filter(cutoff__lte=now).aggregate(last=Max("cutoff"))["last"]
    if last and last > now - policy.DEEP_RECONCILE_EVERY:
        return last - policy.RECONCILE_OVERLAP, False
    first_checkout = Checkout.objects.filter(account=account).aggregate(first=Min("created_at"))[
        "first"
    ]
    return min(
        now - policy.DEEP_RECONCILE_SPAN, (last or first_checkout or now) - policy.RECONCILE_OVERLAP
    ), True


class Side(Protocol):
    """A comparison that can say whether an object agrees with our record now."""

    def agrees(self, stripe_id: str) -> bool:
        """Whether we have a record of the object, and it agrees with Stripe."""


def resolve_alerts(findings: Findings, *sides: Side) -> None:
    """Resolve the alerts of earlier runs about objects that agree with our records now."""
    for stripe_id in open_subjects(DISCREPANCY):
        is_news = stripe_id in findings.reported
        if not is_news and any(side.agrees(stripe_id) for side in sides):
            resolve_alert(DISCREPANCY, subject=stripe_id)
