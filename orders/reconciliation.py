"""Proof that nothing was lost: every paid session at Stripe has its order, every order its session, sums equal.

Both sides are read in the order in which Stripe made the sessions, a stretch of time at once, so that memory stays flat
however many there are. Whatever seems to differ is asked about again before it is called a difference.
"""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from attention import causes
from attention.models import Attention
from money import amount_text
from orders import asking, fulfilment, opening, superseding
from orders.models import Checkout, Order, Reconciliation
from orders.paced_calls import PacedCalls
from products import accounts
from stripe_gateway import sessions
from stripe_gateway.errors import GatewayError, NotFound, Refused, Unavailable, UnexpectedAnswer
from stripe_gateway.sessions import Session

logger = logging.getLogger(__name__)

OVERLAP = timedelta(hours=24)  # before the last success: sessions are paid after they are made
DEEP, DEEP_EVERY = timedelta(days=35), timedelta(days=1)  # delayed payments take weeks
KEPT = 100  # differences written down one by one
CAUSE = "differs-from-stripe:"

Stretch = tuple[list[Session], int, int]


def reconcile(*, since: datetime | None = None, repair: bool = True) -> Reconciliation:
    """Compare everything made since a moment, by default since the last success, and keep the result as a row.

    With `repair` orders that are missing are written, unfinished checkouts asked about, and people told of what is
    left. Raises GatewayError where Stripe cannot be asked to the end; the row then says so and proves nothing.
    """
    row = _begin(since)
    run = _Run(row, repair=repair)
    try:
        run.compare()
    except GatewayError as error:
        row.error = str(error)
        row.save()
        raise
    row.finished_at = timezone.now()
    row.save()
    return row


def _begin(since: datetime | None) -> Reconciliation:
    account = accounts.refresh()  # not from memory: another account's orders would all look lost
    now = timezone.now().replace(microsecond=0)
    is_deep = since is None and _is_deep_due(account, now)
    if since is None:
        since = now - DEEP if is_deep else _since_last_success(account, now)
    return Reconciliation.objects.create(
        account=account, is_deep=is_deep, since=since, cutoff=now, started_at=now, currency=settings.SHOP_CURRENCY
    )


def _is_deep_due(account: str, now: datetime) -> bool:
    done = Reconciliation.objects.filter(account=account, is_deep=True, finished_at__gt=now - DEEP_EVERY)
    return not done.exists()


def _since_last_success(account: str, now: datetime) -> datetime:
    successes = Reconciliation.objects.filter(account=account, finished_at__isnull=False, difference_count=0)
    last = successes.order_by("-cutoff").values_list("cutoff", flat=True).first()
    return max(last - OVERLAP, now - DEEP) if last else now - DEEP


class _Run:
    """One comparison. Counts into its row."""

    def __init__(self, row: Reconciliation, *, repair: bool) -> None:
        self.row = row
        self.repair = repair
        self.calls = PacedCalls()
        self.accused: set[str] = set()

    def compare(self) -> None:
        """Go through both books. Raises GatewayError."""
        if self.repair:
            self._ask_about_unfinished()
        for found, first, last in self._stretches():
            self._compare_stretch({session.id: session for session in found if self._counts(session)}, first, last)
        if self.repair:
            self._resolve_what_agrees_now()

    def _ask_about_unfinished(self) -> None:
        """Every attempt whose page is over, whatever the rhythm of the worker's own questions."""
        late = Checkout.objects.filter(
            status__in=Checkout.UNFINISHED, account=self.row.account, expires_at__lt=self.row.cutoff
        )
        for checkout in late.iterator(chunk_size=500):
            try:
                self.calls.make(partial(asking.ask_about, checkout, noticed_by="reconciler"))
            except Unavailable:
                raise
            except (GatewayError, opening.WrongAnswer, superseding.Superseded) as error:
                logger.warning("No answer about %s: %r", checkout, error)

    def _stretches(self) -> Iterator[Stretch]:
        """Complete sessions in stretches of time, newest first, with each stretch's first and last Unix second.

        No stretch ends within a second, as a page of Stripe's list may; together they leave no second out.
        """
        since, until = int(self.row.since.timestamp()), int(self.row.cutoff.timestamp())
        held: list[Session] = []
        last, after, is_more = until, "", True
        while is_more:
            ask = partial(sessions.page_of_sessions, since=since, until=until, after=after, complete=True)
            page, is_more = self.calls.make(ask)
            held += page
            after, first = (page[-1].id, page[-1].created + 1) if is_more else ("", since)
            if first <= last:
                yield [session for session in held if session.created >= first], first, last
                held = [session for session in held if session.created < first]
                last = first - 1

    def _counts(self, session: Session) -> bool:
        is_sale = session.mode == "payment" and fulfilment.ours(session)
        self.row.ignored += not is_sale
        return is_sale and session.is_paid

    def _compare_stretch(self, paid: dict[str, Session], first: int, last: int) -> None:
        for order in self._orders(first, last).iterator(chunk_size=500):
            self._compare_order(order, paid.pop(order.session_id, None))
        for session in paid.values():
            self._find_order(session)

    def _orders(self, first: int, last: int) -> QuerySet[Order]:
        begin, end = datetime.fromtimestamp(first, UTC), datetime.fromtimestamp(last + 1, UTC)
        return Order.objects.filter(
            account=self.row.account, session_created_at__gte=begin, session_created_at__lt=end
        ).order_by("pk")

    def _find_order(self, session: Session) -> None:
        order = Order.objects.filter(session_id=session.id).first()
        if order is None and self.repair:
            order = self._settle(session)
        if order:
            self._compare_order(order, session)
        else:
            self._count(None, session)
            self._accuse(session.id, None, f"{_sum(session)} paid at Stripe, and no order.")

    def _settle(self, session: Session) -> Order | None:
        """Write the missing order from the session as it is now. None where Stripe takes it back or cannot say it."""
        try:
            fresh = self.calls.make(partial(fulfilment.ask, session.id))
            settled = fulfilment.settle(fresh, noticed_by="reconciler")
        except (Refused, UnexpectedAnswer):
            return None
        self.row.settled += settled.outcome == fulfilment.Outcome.CREATED
        return settled.order

    def _compare_order(self, order: Order, session: Session | None) -> None:
        # Settled a moment ago, or of a session that is none of the list's: Stripe decides, not the list.
        if session is None or _differences(order, session):
            session = self._retrieve(order.session_id)
        self._count(order, session)
        if session is None:
            self._accuse(order.session_id, order, f"{_sum(order)} in our books, and no such session at Stripe.")
        elif texts := _differences(order, session):
            self._accuse(order.session_id, order, " ".join(texts))

    def _retrieve(self, session_id: str) -> Session | None:
        try:
            return self.calls.make(partial(fulfilment.ask, session_id, known=True))
        except NotFound:
            return None

    def _count(self, order: Order | None, session: Session | None) -> None:
        if order:
            self.row.orders += 1
            self.row.orders_total += order.total if order.currency == self.row.currency else 0
        if session and session.is_paid:
            self.row.sessions += 1
            self.row.stripe_total += session.total if session.currency == self.row.currency else 0

    def _accuse(self, session_id: str, order: Order | None, what: str) -> None:
        cause = f"{CAUSE}{session_id}"
        self.accused.add(cause)
        explained = Attention.objects.about(cause).exclude(note="").exists()
        self.row.difference_count += not explained
        if len(self.row.differences) < KEPT:
            entry = {"session": session_id, "order": order.number if order else "", "what": what}
            self.row.differences.append({**entry, "explained": explained})
        if self.repair:
            causes.open(cause, f"{order or session_id}: {what}", fact=True)

    def _resolve_what_agrees_now(self) -> None:
        for cause in causes.open_causes(CAUSE):
            if cause not in self.accused and self._agrees_now(cause.removeprefix(CAUSE)):
                causes.resolve(cause)

    def _agrees_now(self, session_id: str) -> bool:
        order = Order.objects.filter(session_id=session_id).first()
        session = self._retrieve(session_id)
        if order is None or session is None:
            return order is None and (session is None or not session.is_paid)
        return not _differences(order, session)


def _differences(order: Order, session: Session) -> list[str]:
    """How an order differs from its session, a sentence each."""
    if not session.is_paid:
        return ["The session is not paid at Stripe."]
    texts = [
        f"{name.capitalize()}: {_sum(session, name)} at Stripe, {_sum(order, name)} in our books."
        for name in ("subtotal", "discount", "shipping", "tax", "total")
        if (getattr(session, name), session.currency) != (getattr(order, name), order.currency)
    ]
    if session.payment_intent != (order.payment_intent or ""):
        texts.append("The payment intent is another one.")
    return texts


def _sum(side: Order | Session, name: str = "total") -> str:
    return amount_text(getattr(side, name), side.currency)
