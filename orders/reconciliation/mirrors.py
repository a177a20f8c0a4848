"""Compare refunds and disputes at Stripe with our rows, and our rows with Stripe."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from django.db.models import QuerySet
from django.utils import timezone

from orders import policy
from orders.models import Dispute, Order, Reconciliation, Refund
from orders.reconciliation.compare import compare_dispute, compare_refund, unreadable
from orders.reconciliation.findings import Findings
from orders.reconciliation.spans import List, spans, within
from orders.reconciliation.throttle import Throttle
from orders.refunds.disputes import record_dispute
from orders.refunds.find_order import NotPaidYet, order_of
from orders.refunds.record import FROM_STRIPE, record
from orders.statuses import RefundStatus
from stripe_gateway import disputes, refunds
from stripe_gateway.disputes import Dispute as StripeDispute
from stripe_gateway.errors import NotFound, UnexpectedAnswer
from stripe_gateway.listing import Listed
from stripe_gateway.refunds import Refund as StripeRefund

Found = TypeVar("Found", bound=StripeRefund | StripeDispute)
Row = TypeVar("Row", bound=Refund | Dispute)


@dataclass(frozen=True)
class MirroredKind(Generic[Found, Row]):
    """A kind of object that our rows mirror."""

    page: List[Found]
    retrieve: Callable[[str], Found]
    rows: Callable[[], QuerySet[Row]]
    created: str  # the column with the time at which Stripe created it
    unfinished: Callable[[QuerySet[Row]], QuerySet[Row]]
    compare: Callable[[Row | None, Found | None], list[str]]
    record: Callable[[Found, Order], object]
    count: Callable[[Reconciliation, Row | None, Found | None], None]


def record_dispute_now(found: StripeDispute, order: Order) -> Dispute:
    """Record a dispute that was just retrieved."""
    return record_dispute(found, order, read_at=timezone.now())


def count_refund(run: Reconciliation, row: Refund | None, found: StripeRefund | None) -> None:
    """Add both sides of a refund to the run, unless it failed; totals are in its currency only."""
    if row and row.is_in_force:
        run.our_refunds += 1
        run.our_refunds_total += row.amount if row.order.currency == run.currency else 0
    if found and FROM_STRIPE.get(found.status, RefundStatus.PENDING) in Refund.IN_FORCE:
        run.refunds += 1
        run.refunds_total += found.amount if found.currency == run.currency else 0


def count_dispute(run: Reconciliation, row: Dispute | None, found: StripeDispute | None) -> None:
    """Add both sides of a dispute to the run."""
    run.our_disputes += row is not None
    run.disputes += found is not None


REFUNDS: MirroredKind[StripeRefund, Refund] = MirroredKind(
    page=refunds.page_of_refunds,
    retrieve=refunds.retrieve_refund,
    rows=lambda: Refund.objects.exclude(stripe_id=None).select_related("order"),
    created="stripe_created_at",
    unfinished=lambda rows: rows.filter(status=RefundStatus.PENDING),
    compare=compare_refund,
    record=record,
    count=count_refund,
)
DISPUTES: MirroredKind[StripeDispute, Dispute] = MirroredKind(
    page=disputes.page_of_disputes,
    retrieve=disputes.retrieve_dispute,
    rows=lambda: Dispute.objects.select_related("order"),
    created="opened_at",
    unfinished=lambda rows: rows.exclude(status__in=Dispute.CLOSED),
    compare=compare_dispute,
    record=record_dispute_now,
    count=count_dispute,
)


class MirrorComparison(Generic[Found, Row]):
    """One comparison of one kind; the results are counted in the row of its findings."""

    def __init__(
        self, kind: MirroredKind[Found, Row], findings: Findings, throttle: Throttle
    ) -> None:
        self.kind = kind
        self.findings = findings
        self.throttle = throttle
        self.doubtful: list[tuple[str, Order]] = []

    def compare_all(self) -> None:
        """Compare both sides, one span of time after the other, then what was unfinished before.

        Raises GatewayError.
        """
        run = self.findings.row
        for listed, first, last in spans(self.kind.page, self.throttle, run.since, run.cutoff):
            rows = within(self.rows(), self.kind.created, first, last)
            ours = {row.stripe_id: row for row in rows}
            for each in listed:
                self.compare_listed(each, ours.pop(each.id, None))
            for row in ours.values():
                self.compare_again(str(row.stripe_id), row.order)
        older = self.rows().filter(**{f"{self.kind.created}__lt": run.since})
        for row in self.kind.unfinished(older).iterator(chunk_size=500):
            self.compare_again(str(row.stripe_id), row.order, counts=False)
        self.wait_and_look_again()

    def rows(self) -> QuerySet[Row]:
        """Our rows of the account that is compared."""
        return self.kind.rows().filter(order__account=self.findings.row.account)

    def compare_listed(self, listed: Listed[Found], row: Row | None) -> None:
        """Compare an object of Stripe's list with our row."""
        row = row or self.rows().filter(stripe_id=listed.id).first()
        if listed.found is None:
            if order := row.order if row else self.order_named_in(listed):
                self.findings.report(listed.id, order, unreadable(listed.problem))
        elif row is None:
            self.find_order(listed.found)
        elif self.kind.compare(row, listed.found):
            self.compare_again(listed.id, row.order)
        else:
            self.kind.count(self.findings.row, row, listed.found)

    def order_named_in(self, listed: Listed[Found]) -> Order | None:
        """Our order of an object that cannot be read, if its payment intent can be read."""
        payment_intent = listed.json.get("payment_intent")
        if not isinstance(payment_intent, str):
            return None
        return Order.objects.filter(payment_intent=payment_intent).first()

    def find_order(self, found: Found) -> None:
        """Compare an object that we have no row of, if its payment is one of this shop."""
        order = Order.objects.filter(payment_intent=found.payment_intent).first()
        if order is None and self.findings.repair:
            look_up = partial(order_of, found.payment_intent, source="reconciliation")
            try:
                order = self.throttle.make(look_up, requests=3)
            except NotPaidYet as error:
                self.findings.report(found.id, None, str(error))
                return
        if order:
            self.compare_again(found.id, order)

    def compare_again(self, stripe_id: str, order: Order, *, counts: bool = True) -> None:
        """Retrieve an object again, record it if the run repairs, and report what still differs."""
        try:
            found = self.retrieve(stripe_id)
        except UnexpectedAnswer as error:
            self.findings.report(stripe_id, order, unreadable(str(error)))
            return
        if found and self.findings.repair:
            self.kind.record(found, order)
        row = self.kind.rows().filter(stripe_id=stripe_id).first()
        if counts:
            self.kind.count(self.findings.row, row, found)
        texts = self.kind.compare(row, found)
        if texts and found and not self.findings.repair:
            self.doubtful.append((stripe_id, order))
        elif texts:
            self.findings.report(stripe_id, order, " ".join(texts))

    def wait_and_look_again(self) -> None:
        """Check mode repairs nothing, so wait once and compare again before reporting: a webhook
        may be recording the object at this moment.
        """
        if self.doubtful:
            time.sleep(policy.SECOND_LOOK_SECONDS)
        for stripe_id, order in self.doubtful[: policy.DISCREPANCIES_KEPT]:
            row = self.kind.rows().filter(stripe_id=stripe_id).first()
            if texts := self.kind.compare(row, self.retrieve(stripe_id)):
                self.findings.report(stripe_id, order, " ".join(texts))

    def retrieve(self, stripe_id: str) -> Found | None:
        """The object's present state; None if Stripe does not have it. Raises GatewayError."""
        try:
            return self.throttle.make(partial(self.kind.retrieve, stripe_id))
        except NotFound:
            return None

    def agrees(self, stripe_id: str) -> bool:
        """Whether we have a row of this kind with an id, and it agrees with Stripe."""
        row = self.rows().filter(stripe_id=stripe_id).first()
        try:
            return row is not None and not self.kind.compare(row, self.retrieve(stripe_id))
        except UnexpectedAnswer:
            return False
