"""Compare every paid session at Stripe with its order, and every order with its session."""

import time
from functools import partial

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from orders import policy
from orders.checkout.complete import Completion, Outcome
from orders.checkout.match import MatchedSession, match
from orders.models import Checkout, Installation, Order
from orders.reconciliation import repair as repairs
from orders.reconciliation.compare import compare, unreadable
from orders.reconciliation.findings import Findings
from orders.reconciliation.spans import spans, within
from orders.reconciliation.throttle import Throttle
from stripe_gateway import sessions
from stripe_gateway.account import is_live
from stripe_gateway.errors import NotFound, UnexpectedAnswer
from stripe_gateway.listing import Listed, metadata_of
from stripe_gateway.sessions import Session


class SessionComparison:
    """One comparison; the results are counted in the row of its findings."""

    def __init__(self, findings: Findings, throttle: Throttle) -> None:
        self.findings = findings
        self.row = findings.row
        self.repair = findings.repair
        self.throttle = throttle
        self.unmatched: list[Session] = []

    def compare_all(self) -> None:
        """Compare both sides, one span of time after the other. Raises GatewayError."""
        query = partial(sessions.page_of_sessions, complete=True)
        for listed, first, last in spans(query, self.throttle, self.row.since, self.row.cutoff):
            self.compare_span(self.paid(listed), first, last)
        if not self.repair and self.unmatched:
            self.wait_and_look_again()

    def paid(self, listed: list[Listed[Session]]) -> dict[str, MatchedSession]:
        """The paid sessions of this shop, by id. Those that cannot be read are reported."""
        readable = [match(each.found) for each in listed if each.found]
        ours = [matched for matched in readable if matched.is_ours]
        self.row.not_ours += len(readable) - len(ours)
        for each in listed:
            if each.found is None and self.may_be_ours(each):
                order = Order.objects.filter(session_id=each.id).first()
                self.findings.report(each.id, order, unreadable(each.problem))
        return {matched.session.id: matched for matched in ours if matched.session.is_paid}

    def may_be_ours(self, listed: Listed[Session]) -> bool:
        """Whether a session that cannot be read seems to belong to this shop."""
        installation = metadata_of(listed).get("installation")
        if installation is None:
            return Checkout.objects.filter(session_id=listed.id).exists()
        return installation == Installation.current_id()

    def compare_span(self, paid: dict[str, MatchedSession], first: int, last: int) -> None:
        """Compare the orders of a span with its paid sessions; what remains in `paid` has no order
        there.
        """
        seen: set[str] = set()
        for order in self.orders(first, last).iterator(chunk_size=500):
            if order.session_id in seen:
                self.count(order, None)
                text = _("This is a second order for the same session.")
                self.findings.report(order.session_id, order, text)
                continue
            seen.add(order.session_id)
            self.compare_order(order, paid.pop(order.session_id, None), first, last)
        for matched in paid.values():
            self.find_order(matched)

    def compare_order(
        self, order: Order, listed: MatchedSession | None, first: int, last: int
    ) -> None:
        """Compare an order of a span with its session, which may be in another span."""
        # Not listed: paid a moment ago, or created at another time than the order says. Stripe
        # decides.
        try:
            session = listed.session if listed else self.retrieve(order.session_id)
            is_elsewhere = (
                session is not None and session.is_paid and not first <= session.created <= last
            )
            self.compare_pair(order, session, counts=not is_elsewhere)
        except UnexpectedAnswer as error:
            self.findings.report(order.session_id, order, unreadable(str(error)))

    def orders(self, first: int, last: int) -> QuerySet[Order]:
        """Our orders whose sessions were created in a span of Unix seconds."""
        orders = Order.objects.filter(account=self.row.account, livemode=is_live())
        in_span = within(orders, "session_created_at", first, last)
        return in_span.order_by("pk").prefetch_related("lines")

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

    def wait_and_look_again(self) -> None:
        """Check mode repairs nothing, so wait once and compare again before reporting: the worker
        or a webhook may be creating the order at this moment.
        """
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
            session_id = order.session_id if order else session.id if session else ""
            self.findings.report(session_id, order, " ".join(texts))

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

    def agrees(self, session_id: str) -> bool:
        """Whether a session has exactly one order, which agrees with it."""
        orders = Order.objects.filter(session_id=session_id)[:2]
        # Without an order it may belong to another account, where nothing has been repaired.
        try:
            return len(orders) == 1 and not compare(orders[0], self.retrieve(session_id))
        except UnexpectedAnswer:
            return False
