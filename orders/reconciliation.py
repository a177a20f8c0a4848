"""Proof that nothing was lost: every paid session at Stripe has its order, every order its session, sums equal.

Both sides are read in the order in which Stripe made the sessions, a stretch of time at once, so that memory stays flat
however many there are. Whatever seems to differ is asked about again before it is called a difference.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import DatabaseError, Error
from django.db.models import Count, Max, Min, QuerySet
from django.urls import reverse
from django.utils import timezone

from attention import causes
from attention.models import Attention
from money import amount_text
from orders import asking, fulfilment, opening, superseding
from orders.models import Checkout, Order, Reconciliation
from orders.paced_calls import PacedCalls
from products import accounts
from stripe_gateway import sessions
from stripe_gateway.account import is_live
from stripe_gateway.errors import GatewayError, KeyRefused, NotFound, Refused, Unavailable, UnexpectedAnswer
from stripe_gateway.sessions import Session

logger = logging.getLogger(__name__)

OVERLAP = timedelta(hours=24)  # before the last proof: sessions are paid after they are made
DEEP, DEEP_EVERY = timedelta(days=35), timedelta(days=1)  # delayed payments take weeks
KEPT = 100  # differences written down one by one
SILENT_IN_A_ROW = 3  # questions about single attempts, until Stripe counts as away
SECOND_LOOK = 5.0  # seconds: a payment's webhook may be at work
CAUSE, LEFT_BEHIND = "differs-from-stripe:", "left-behind:"

Stretch = tuple[list[Session], int, int]


def reconcile(*, since: datetime | None = None, repair: bool = True) -> Reconciliation:
    """Compare everything made since a moment, by default since the last proof, and keep the result as a row.

    With `repair` orders that are missing are written, unfinished checkouts asked about, and people told of what is
    left. Raises GatewayError where Stripe cannot be asked to the end; the row then says so and proves nothing, as it
    does after whatever else ends the run.
    """
    calls = PacedCalls()
    known = accounts.known()
    row = _begin(known.account if known else "", since)
    try:
        # Asked, not from memory: another account's orders would all look lost.
        if (account := calls.make(accounts.refresh)) != row.account:
            row.delete()
            row = _begin(account, since)
        run = _Run(row, calls, repair=repair)
        run.compare()
    except Exception as error:
        _note_end(row, error)
        raise
    row.finished_at = timezone.now()
    row.save()
    if repair:
        run.finish()
    return row


def _note_end(row: Reconciliation, error: Exception) -> None:
    """Say why the run broke off. Of tries that break off for one reason the newest row is enough."""
    row.error = str(error) if isinstance(error, GatewayError) else repr(error)
    with suppress(Error):  # the database may be what broke
        Reconciliation.objects.filter(account=row.account, finished_at=None, error=row.error).delete()
        row.save()


def _begin(account: str, since: datetime | None) -> Reconciliation:
    now, is_deep = timezone.now().replace(microsecond=0), False
    if since is None:
        since, is_deep = _default_since(account, now)
    return Reconciliation.objects.create(
        account=account, is_deep=is_deep, since=since, cutoff=now, started_at=now, currency=settings.SHOP_CURRENCY
    )


def _default_since(account: str, now: datetime) -> tuple[datetime, bool]:
    """From when on to compare, and whether that is the deep look. Deep looks that agree join without a gap.

    Others prove nothing of the time before them: people choose where those begin.
    """
    proofs = Reconciliation.objects.filter(account=account, is_deep=True, finished_at__isnull=False, difference_count=0)
    # Not from a clock that went wrong and lay in the future.
    last = proofs.filter(cutoff__lte=now).aggregate(last=Max("cutoff"))["last"]
    if last and last > now - DEEP_EVERY:
        return last - OVERLAP, False
    first_attempt = Checkout.objects.filter(account=account).aggregate(first=Min("created_at"))["first"]
    return min(now - DEEP, (last or first_attempt or now) - OVERLAP), True


class _Run:
    """One comparison. Counts into its row."""

    def __init__(self, row: Reconciliation, calls: PacedCalls, *, repair: bool) -> None:
        self.row = row
        self.calls = calls
        self.repair = repair
        self.accused: set[str] = set()
        self.doubtful: list[Session] = []

    def compare(self) -> None:
        """Go through both books. Raises GatewayError."""
        for found, first, last in self._stretches():
            self._compare_stretch(self._paid(found), first, last)
        if self.repair:
            self._resolve_what_agrees_now()
        elif self.doubtful:
            self._look_again()

    def finish(self) -> None:
        """What the books' agreement does not hang on: attempts that have no payment yet."""
        self._tell_of_other_accounts()
        self._ask_about_unfinished()
        self.row.save(update_fields=["settled"])

    def _ask_about_unfinished(self) -> None:
        """Every attempt whose page is over, whatever the rhythm of the worker's own questions."""
        late = Checkout.objects.filter(
            status__in=Checkout.UNFINISHED, account=self.row.account, expires_at__lt=self.row.cutoff
        )
        silent = 0
        for checkout in late.iterator(chunk_size=500):
            try:
                self._ask_about(checkout)
                silent = 0
            except (GatewayError, DatabaseError, opening.WrongAnswer, superseding.Superseded) as error:
                logger.warning("No answer about %s: %r", checkout, error)
                # Stripe may be silent about one session for ever, and be well.
                silent = silent + 1 if isinstance(error, Unavailable) else 0
                if silent == SILENT_IN_A_ROW or isinstance(error, KeyRefused):
                    return  # the worker's own questions come back to them

    def _ask_about(self, checkout: Checkout) -> None:
        ask = partial(asking.ask_about, checkout, noticed_by="reconciler")
        # Without a session's id there is a list to look through.
        self._count_settled(self.calls.make(ask, requests=1 if checkout.session_id else 3))

    def _tell_of_other_accounts(self) -> None:
        """Who changes the key while payments are under way learns that nobody asks about those any more."""
        others = Checkout.objects.filter(status__in=Checkout.UNFINISHED).exclude(account=self.row.account)
        found = others.values_list("account").annotate(count=Count("pk"), newest=Max("created_at"))
        # What is left behind by the next change of the key is another fact, whatever was said of the last one.
        told = {f"{LEFT_BEHIND}{account}:{newest.isoformat()}": (account, count) for account, count, newest in found}
        for cause, (account, count) in told.items():
            text = f"The key opens another account now. Checkouts that had not ended in {account}: {count}."
            causes.open(cause, text, url=f"{reverse('checkouts:index')}?status=all", fact=True)
        for cause in set(causes.open_causes(LEFT_BEHIND)) - set(told):
            causes.resolve(cause)

    def _count_settled(self, settled: fulfilment.Settled | None) -> None:
        self.row.settled += settled is not None and settled.outcome == fulfilment.Outcome.CREATED

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

    def _paid(self, found: list[Session]) -> dict[str, Session]:
        """Those that this shop was paid for, by id."""
        sales = [session for session in found if session.mode == "payment" and fulfilment.ours(session)]
        self.row.ignored += len(found) - len(sales)
        return {session.id: session for session in sales if session.is_paid}

    def _compare_stretch(self, paid: dict[str, Session], first: int, last: int) -> None:
        seen: set[str] = set()
        for order in self._orders(first, last).iterator(chunk_size=500):
            if order.session_id in seen:
                self._count(order, None)
                self._accuse(order, None, "A second order of the same session.")
                continue
            seen.add(order.session_id)
            # Settled a moment ago, or of a session that is none of the list's: Stripe decides, not the list.
            session = paid.pop(order.session_id, None) or self._retrieve(order.session_id)
            # Some old orders are dated by guess: they count where Stripe's list has their session.
            is_elsewhere = session is not None and session.is_paid and not first <= session.created <= last
            self._compare(order, session, counts=not is_elsewhere)
        for session in paid.values():
            self._find_order(session)

    def _orders(self, first: int, last: int) -> QuerySet[Order]:
        begin, end = datetime.fromtimestamp(first, UTC), datetime.fromtimestamp(last + 1, UTC)
        orders = Order.objects.filter(
            account=self.row.account,
            livemode=is_live(),  # before modes were told apart, both had the account's own name
            session_created_at__gte=begin,
            session_created_at__lt=end,
        )
        return orders.order_by("pk").prefetch_related("lines")

    def _find_order(self, session: Session) -> None:
        order = Order.objects.filter(session_id=session.id).first()
        if order is None and self.repair:
            order = self._settle(session)
        elif order is None and len(self.doubtful) < KEPT:
            self.doubtful.append(session)
            return
        self._compare(order, session)

    def _look_again(self) -> None:
        """Where nothing is repaired somebody else may be at it."""
        time.sleep(SECOND_LOOK)
        for session in self.doubtful:
            order = Order.objects.filter(session_id=session.id).first()
            self._compare(order, session if order else self._retrieve(session.id))

    def _settle(self, session: Session) -> Order | None:
        """Write the missing order from the session as it is now. None where that cannot be."""
        known = fulfilment.find_checkout(session) is not None
        try:
            # Without a checkout the lines are asked for, too.
            fresh = self.calls.make(partial(fulfilment.ask, session.id, known=known), requests=1 if known else 3)
            settled = fulfilment.settle(fresh, noticed_by="reconciler")
        except (Refused, UnexpectedAnswer, DatabaseError) as error:
            logger.warning("No order for %s: %r", session.id, error)
            return None
        self._count_settled(settled)
        return settled.order

    def _compare(self, order: Order | None, session: Session | None, *, counts: bool = True) -> None:
        if order and session and _differences(order, session):
            session = self._retrieve(session.id)
        if counts:
            self._count(order, session)
        if texts := _differences(order, session):
            self._accuse(order, session, " ".join(texts))

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

    def _accuse(self, order: Order | None, session: Session | None, what: str) -> None:
        session_id = order.session_id if order else session.id if session else ""
        cause, message = f"{CAUSE}{session_id}", f"{order or session_id}: {what}"
        self.accused.add(cause)
        # A person's note explains what the person saw, and no other difference of the same session.
        explained = Attention.objects.about(cause).filter(message=message).exclude(note="").exists()
        self.row.difference_count += not explained
        if len(self.row.differences) < KEPT:
            entry = {"session": session_id, "order": order.number if order else "", "what": what}
            self.row.differences.append({**entry, "explained": explained})
        if self.repair and not explained:
            causes.open(cause, message, url=reverse("orders:inspect", args=[order.pk]) if order else "")

    def _resolve_what_agrees_now(self) -> None:
        for cause in causes.open_causes(CAUSE):
            if cause not in self.accused and self._agrees_now(cause.removeprefix(CAUSE)):
                causes.resolve(cause)

    def _agrees_now(self, session_id: str) -> bool:
        orders = Order.objects.filter(session_id=session_id)[:2]
        # Without an order it may be another account's: what this one does not know is not put right.
        return len(orders) == 1 and not _differences(orders[0], self._retrieve(session_id))


def _differences(order: Order | None, session: Session | None) -> list[str]:
    """How an order differs from its session, a sentence each; one of them may be missing."""
    if session is None:
        return [f"{_sum(order)} in our books, and no such session at Stripe."] if order else []
    if order is None:
        return [f"{_sum(session)} paid at Stripe, and no order."]
    if not session.is_paid:
        return ["The session is not paid at Stripe."]
    texts = [
        f"{name.capitalize()}: {_sum(session, name)} at Stripe, {_sum(order, name)} in our books."
        for name in ("subtotal", "discount", "shipping", "tax", "total")
        if (getattr(session, name), session.currency) != (getattr(order, name), order.currency)
    ]
    if (lines := sum(line.total for line in order.lines.all())) != order.subtotal:
        texts.append(
            f"Lines: they come to {amount_text(lines, order.currency)}, the subtotal is {_sum(order, 'subtotal')}."
        )
    if session.payment_intent != (order.payment_intent or ""):
        texts.append("The payment intent is another one.")
    return texts


def _sum(side: Order | Session, name: str = "total") -> str:
    return amount_text(getattr(side, name), side.currency)
