"""Compare every paid session at Stripe with its order, and every order with its session.

Both sides are read in the order in which Stripe created the sessions, a span of time at a time, so
that memory use is constant. Whatever differs is retrieved again before it is reported as a
discrepancy.
"""

import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial

from django.conf import settings
from django.db import Error
from django.db.models import Max, Min, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from alerts.models import Alert
from alerts.raising import open_subjects, raise_alert, resolve_alert
from orders import policy
from orders.alerts import DISCREPANCY
from orders.checkout.complete import Completion, Outcome
from orders.checkout.match import MatchedSession, match
from orders.models import Checkout, Order, Reconciliation
from orders.reconciliation import repair as repairs
from orders.reconciliation.compare import compare
from orders.reconciliation.throttle import Throttle
from products import stripe_account
from stripe_gateway import sessions
from stripe_gateway.account import is_live
from stripe_gateway.errors import GatewayError, NotFound
from stripe_gateway.sessions import Session

Span = tuple[list[Session], int, int]


def reconcile(*, since: datetime | None = None, repair: bool = True) -> Reconciliation:
    """Compare all sessions created since a moment (default: the last complete run), and store the
    result as a row.

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
        run = Run(row, throttle, repair=repair)
        run.compare_all()
    except Exception as error:
        store_interruption(row, error)
        raise
    row.finished_at = timezone.now()
    row.save()
    if repair:
        repairs.alert_about_other_accounts(row.account)
        for completion in repairs.poll_expired_checkouts(row, throttle):
            run.count_created(completion)
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
    """The start of a run's period, and whether the run is deep. Deep runs that agree leave no gap
    between them.

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


class Run:
    """One comparison; the results are counted in its row."""

    def __init__(self, row: Reconciliation, throttle: Throttle, *, repair: bool) -> None:
        self.row = row
        self.throttle = throttle
        self.repair = repair
        self.reported: set[str] = set()
        self.unmatched: list[Session] = []

    def compare_all(self) -> None:
        """Compare both sides, one span of time after the other. Raises GatewayError."""
        for listed, first, last in self.spans():
            self.compare_span(self.paid(listed), first, last)
        if self.repair:
            self.resolve_alerts()
        elif self.unmatched:
            self.look_again()

    def spans(self) -> Iterator[Span]:
        """Complete sessions in spans of time, newest first, with each span's first and last Unix
        second.

        A page of Stripe's list may end in the middle of a second; no span does. Together the spans
        leave nothing out.
        """
        since, until = int(self.row.since.timestamp()), int(self.row.cutoff.timestamp())
        held: list[Session] = []
        last, after, has_more = until, "", True
        while has_more:
            query = partial(
                sessions.page_of_sessions, since=since, until=until, after=after, complete=True
            )
            page, has_more = self.throttle.make(query)
            held += page
            after, first = (page[-1].id, page[-1].created + 1) if has_more else ("", since)
            if first <= last:
                yield [session for session in held if session.created >= first], first, last
                held = [session for session in held if session.created < first]
                last = first - 1

    def paid(self, listed: list[Session]) -> dict[str, MatchedSession]:
        """The paid sessions of this shop, by id."""
        ours = [matched for session in listed if (matched := match(session)).is_ours]
        self.row.not_ours += len(listed) - len(ours)
        return {matched.session.id: matched for matched in ours if matched.session.is_paid}

    def compare_span(self, paid: dict[str, MatchedSession], first: int, last: int) -> None:
        """Compare the orders of a span with its paid sessions; what remains in `paid` has no order
        there.
        """
        seen: set[str] = set()
        for order in self.orders(first, last).iterator(chunk_size=500):
            if order.session_id in seen:
                self.count(order, None)
                self.report(order, None, _("This is a second order for the same session."))
                continue
            seen.add(order.session_id)
            listed = paid.pop(order.session_id, None)
            # Not listed: paid a moment ago, or created at another time than the order says. Stripe
            # decides.
            session = listed.session if listed else self.retrieve(order.session_id)
            is_elsewhere = (
                session is not None and session.is_paid and not first <= session.created <= last
            )
            self.compare_pair(order, session, counts=not is_elsewhere)
        for matched in paid.values():
            self.find_order(matched)

    def orders(self, first: int, last: int) -> QuerySet[Order]:
        """Our orders whose sessions were created in a span of Unix seconds."""
        orders = Order.objects.filter(
            account=self.row.account,
            livemode=is_live(),
            session_created_at__gte=datetime.fromtimestamp(first, UTC),
            session_created_at__lt=datetime.fromtimestamp(last + 1, UTC),
        )
        return orders.order_by("pk").prefetch_related("lines")

    def find_order(self, matched: MatchedSession) -> None:
        """Find the order of a paid session outside its span, or create it."""
        order = Order.objects.filter(session_id=matched.session.id).first()
        if order is None and self.repair:
            completion = repairs.create_missing_order(matched, self.throttle)
            self.count_created(completion)
            order = completion.order if completion else None
        elif order is None and len(self.unmatched) < policy.DISCREPANCIES_KEPT:
            self.unmatched.append(matched.session)
            return
        self.compare_pair(order, matched.session)

    def look_again(self) -> None:
        """Without repair, the worker or a webhook may be creating the order at this moment."""
        time.sleep(policy.SECOND_LOOK_SECONDS)
        for session in self.unmatched:
            order = Order.objects.filter(session_id=session.id).first()
            self.compare_pair(order, session if order else self.retrieve(session.id))

    def compare_pair(
        self, order: Order | None, session: Session | None, *, counts: bool = True
    ) -> None:
        """Compare an order with its session, count both, and report what differs in the session's
        present state.
        """
        if order and session and compare(order, session):
            session = self.retrieve(session.id)
        if counts:
            self.count(order, session)
        if texts := compare(order, session):
            self.report(order, session, " ".join(texts))

    def retrieve(self, session_id: str) -> Session | None:
        """The session's present state; None if Stripe does not have it. Raises GatewayError."""
        try:
            return self.throttle.make(partial(sessions.retrieve_session, session_id))
        except NotFound:
            return None

    def count(self, order: Order | None, session: Session | None) -> None:
        """Add both sides to the row; totals are in the row's currency only."""
        if order:
            self.row.orders += 1
            self.row.orders_total += order.total if order.currency == self.row.currency else 0
        if session and session.is_paid:
            self.row.sessions += 1
            self.row.stripe_total += session.total if session.currency == self.row.currency else 0

    def count_created(self, completion: Completion | None) -> None:
        """Count an order that this run created."""
        self.row.created_orders += completion is not None and completion.outcome == Outcome.CREATED

    def report(self, order: Order | None, session: Session | None, what: str) -> None:
        """Store a discrepancy in the row and raise an alert, unless staff have explained this very
        discrepancy.
        """
        session_id = order.session_id if order else session.id if session else ""
        message = f"{order or session_id}: {what}"
        self.reported.add(session_id)
        alerts = Alert.objects.about(DISCREPANCY.key_for(session_id))
        explained = alerts.filter(message=message).exclude(note="").exists()
        self.row.discrepancy_count += not explained
        if len(self.row.discrepancies) < policy.DISCREPANCIES_KEPT:
            entry = {"session": session_id, "order": order.number if order else "", "what": what}
            self.row.discrepancies.append({**entry, "explained": explained})
        if self.repair and not explained:
            url = reverse("orders_admin:inspect", args=[order.pk]) if order else ""
            raise_alert(DISCREPANCY, message, subject=session_id, url=url)

    def resolve_alerts(self) -> None:
        """Resolve the alerts of earlier runs about sessions that agree with their orders now."""
        for session_id in open_subjects(DISCREPANCY):
            if session_id not in self.reported and self.agrees(session_id):
                resolve_alert(DISCREPANCY, subject=session_id)

    def agrees(self, session_id: str) -> bool:
        """Whether a session has exactly one order, which agrees with it."""
        orders = Order.objects.filter(session_id=session_id)[:2]
        # Without an order it may belong to another account, where nothing has been repaired.
        return len(orders) == 1 and not compare(orders[0], self.retrieve(session_id))
