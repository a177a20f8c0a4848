"""The machine where one of the two books is lost in part: an old backup restored, or the account at
Stripe emptied.
"""

from functools import partial
from typing import Any

from django.db.models import F
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from alerts.raising import open_subjects
from orders.alerts import PAID_AFTER_CLOSE
from orders.models import Checkout, CheckoutLine, Order, StripeEvent
from orders.statuses import CheckoutStatus
from products.models import Reservation
from tests.orders.selling import signed
from tests.orders.stateful import books
from tests.orders.stateful.chances import BACK, PAYMENTS, QUANTITIES, SHOPPERS
from tests.orders.stateful.deeds import pick
from tests.orders.stateful.jobs import JOBS
from tests.orders.stateful.shop import HOUR
from tests.orders.stateful.stage import Stage
from tests.orders.stateful.till import Till

A_KEY = 61  # seconds after which a click uses a new idempotency key


class TillWithOldBackup(Till):
    """Now and then a backup is restored that is older than an attempt, or than its page."""

    @precondition(lambda self: self.visited)
    @rule(back=BACK)
    def backup_is_restored(self, back: int) -> None:
        self.forget_attempt(pick(self.visited, back))

    @rule(shopper=SHOPPERS, quantities=QUANTITIES, how=PAYMENTS)
    def forgotten_page_is_paid_after_a_proof(
        self, shopper: int, quantities: tuple[int, int], how: dict[str, Any]
    ) -> None:
        """The day's deep look ends before the money comes, and only another look can find it."""
        self.stage.calm()
        self.stage.advance(25 * HOUR)
        session_id = self.buy(self.look(shopper, quantities))
        if session_id:
            self.forget_attempt(session_id)
            self.run(JOBS["reconcile"])
            self.pay(session_id, **how)
            self.all_is_calm()

    @rule(shopper=SHOPPERS, quantities=QUANTITIES, hows=st.tuples(PAYMENTS, PAYMENTS))
    def forgotten_page_is_paid_beside_the_next(
        self, shopper: int, quantities: tuple[int, int], hows: tuple[dict[str, Any], dict[str, Any]]
    ) -> None:
        """The same attempt gets a second page, and nothing keeps its shopper from paying both."""
        form = self.look(shopper, quantities)
        first = self.buy(form)
        if first:
            self.forget_page(first)
            self.stage.advance(A_KEY)
            pages = [first, self.buy(form) or first]
            self.forgotten.update(pages)
            for page, how in zip(pages, hows, strict=True):
                self.pay(page, **how)
            for page in (*pages, *pages):
                self.tell(page)

    def forget_attempt(self, session_id: str) -> None:
        """The backup is older than the attempt.

        Orders are never deleted, and would take their attempt along.
        """
        lost = Checkout.objects.filter(session_id=session_id, orders=None)
        if lost:
            Reservation.objects.filter(key__in=lost.values("pk")).delete()
            CheckoutLine.objects.filter(checkout__in=lost.values("pk")).delete()
            lost.delete()
            self.forgotten.add(session_id)

    def forget_page(self, session_id: str) -> None:
        """The backup was made while Stripe was asked for the page."""
        polling = Checkout.objects.filter(session_id=session_id, status__in=Checkout.PAYABLE)
        polling.update(status=CheckoutStatus.OPENING, session_id=None, url="")
        self.forgotten.add(session_id)

    def expected_causes(self) -> dict[str, int]:
        """A person looks at each order that has no attempt, or is of another page than its
        attempt's own.
        """
        alone = Order.objects.filter(checkout=None).count()
        attempts = Order.objects.exclude(checkout=None).exclude(
            session_id=F("checkout__session_id")
        )
        twice = attempts.values("checkout").distinct().count()
        late = [session for session in open_subjects(PAID_AFTER_CLOSE) if session in self.forgotten]
        found = {"no-checkout": alone, "paid-twice": twice, "paid-after-close": len(late)}
        return super().expected_causes() | {kind: count for kind, count in found.items() if count}


class TillWithEmptiedStripe(Till):
    """The key opens another, empty account now and then; events of the old one may still be on
    their way.
    """

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self.old_events: list[bytes] = []
        self.old_money: dict[
            str, str
        ] = {}  # ids of sessions by ids of events that tell of their payment

    @rule()
    def stripe_is_emptied(self) -> None:
        for event in self.session_events():
            self.old_events.append(self.stripe.webhook_request(event["id"])[0])
            if books.is_paid(event["data"]["object"]):
                self.old_money[event["id"]] = event["data"]["object"]["id"]
        self.stripe.reset()
        self.visited.clear()

    @precondition(lambda self: self.old_events)
    @rule(back=BACK)
    def old_event_arrives(self, back: int) -> None:
        self.send(*signed(pick(self.old_events, back)))

    @rule(shopper=SHOPPERS, quantities=QUANTITIES, how=PAYMENTS, others=QUANTITIES)
    def old_event_arrives_while_new_account_is_asked(
        self,
        shopper: int,
        quantities: tuple[int, int],
        how: dict[str, Any],
        others: tuple[int, int],
    ) -> None:
        """What the new account does not know was paid at the old one all the same."""
        other = self.look(shopper, others)
        self.purchase(shopper, quantities, how)
        self.stripe_is_emptied()
        if self.old_events:
            self.will("before", partial(self.old_event_arrives, 0))
        self.buy(other)

    @invariant()
    def old_money_is_booked(self) -> None:
        """The old account cannot be asked any more, so its events must be believed."""
        dealt_with = StripeEvent.objects.filter(pk__in=self.old_money).exclude(outcome="pending")
        paid = {self.old_money[key] for key in dealt_with.values_list("pk", flat=True)}
        assert paid <= set(
            Order.objects.filter(session_id__in=paid).values_list("session_id", flat=True)
        )

    def expected_causes(self) -> dict[str, int]:
        """An old event may tell of money for an attempt that was closed since the account did not
        know it any more.

        And attempts that had not ended there stay so: a person is told, once for each account.
        """
        late = [
            session
            for session in open_subjects(PAID_AFTER_CLOSE)
            if _is_lost(session, self.stripe.account)
        ]
        left = Checkout.objects.filter(status__in=Checkout.UNFINISHED).exclude(
            account=self.stripe.account
        )
        found = {
            "paid-after-close": len(late),
            "other-account": left.values("account").distinct().count(),
        }
        return super().expected_causes() | {kind: count for kind, count in found.items() if count}


def _is_lost(session: str, account: str) -> bool:
    """Whether the order of a session was paid at another account."""
    return Order.objects.filter(session_id=session).exclude(account=account).exists()
