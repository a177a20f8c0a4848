"""The state machine with lost data: an old backup, or an emptied account at Stripe."""

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
from tests.orders.stateful import checks
from tests.orders.stateful.environment import Environment
from tests.orders.stateful.jobs import JOBS
from tests.orders.stateful.shop_machine import ShopMachine
from tests.orders.stateful.staff_steps import HOUR
from tests.orders.stateful.steps import pick
from tests.orders.stateful.strategies import BACK, PAYMENTS, QUANTITIES, SHOPPERS

A_KEY = 61  # seconds after which a click uses a new idempotency key


class ShopWithOldBackup(ShopMachine):
    """Now and then a backup is restored that is older than a checkout, or than its session."""

    @precondition(lambda self: self.visited)
    @rule(back=BACK)
    def backup_is_restored(self, back: int) -> None:
        self.forget_checkout(pick(self.visited, back))

    @rule(shopper=SHOPPERS, quantities=QUANTITIES, how=PAYMENTS)
    def lost_checkout_is_paid_after_a_reconciliation(
        self, shopper: int, quantities: tuple[int, int], how: dict[str, Any]
    ) -> None:
        """The day's deep reconciliation ends before the payment; only the next one can find it."""
        self.env.clear_faults()
        self.env.advance(25 * HOUR)
        session_id = self.buy(self.look(shopper, quantities))
        if session_id:
            self.forget_checkout(session_id)
            self.run(JOBS["reconcile"])
            self.pay(session_id, **how)
            self.settle_everything()

    @rule(shopper=SHOPPERS, quantities=QUANTITIES, hows=st.tuples(PAYMENTS, PAYMENTS))
    def lost_session_and_its_successor_are_both_paid(
        self, shopper: int, quantities: tuple[int, int], hows: tuple[dict[str, Any], dict[str, Any]]
    ) -> None:
        """The same checkout gets a second session, and the shopper can pay both."""
        form = self.look(shopper, quantities)
        first = self.buy(form)
        if first:
            self.forget_session(first)
            self.env.advance(A_KEY)
            pages = [first, self.buy(form) or first]
            self.forgotten.update(pages)
            for page, how in zip(pages, hows, strict=True):
                self.pay(page, **how)
            for page in (*pages, *pages):
                self.deliver_events_of(page)

    def forget_checkout(self, session_id: str) -> None:
        """The backup is older than the checkout. Checkouts with an order stay: orders are never
        deleted.
        """
        lost = Checkout.objects.filter(session_id=session_id, orders=None)
        if lost:
            Reservation.objects.filter(key__in=lost.values("pk")).delete()
            CheckoutLine.objects.filter(checkout__in=lost.values("pk")).delete()
            lost.delete()
            self.forgotten.add(session_id)

    def forget_session(self, session_id: str) -> None:
        """The backup was made while Stripe was creating the session."""
        polling = Checkout.objects.filter(session_id=session_id, status__in=Checkout.PAYABLE)
        polling.update(status=CheckoutStatus.OPENING, session_id=None, url="")
        self.forgotten.add(session_id)

    def expected_alerts(self) -> dict[str, int]:
        """An alert for each order without a checkout, and for each order of another session than
        its checkout's.
        """
        alone = Order.objects.filter(checkout=None).count()
        attempts = Order.objects.exclude(checkout=None).exclude(
            session_id=F("checkout__session_id")
        )
        twice = attempts.values("checkout").distinct().count()
        late = [session for session in open_subjects(PAID_AFTER_CLOSE) if session in self.forgotten]
        found = {"no-checkout": alone, "paid-twice": twice, "paid-after-close": len(late)}
        return super().expected_alerts() | {kind: count for kind, count in found.items() if count}


class ShopWithEmptiedStripe(ShopMachine):
    """Now and then the key belongs to another, empty account; events of the old one may still
    arrive.
    """

    def __init__(self, env: Environment) -> None:
        super().__init__(env)
        self.old_events: list[bytes] = []
        self.old_payments: dict[
            str, str
        ] = {}  # session ids by the ids of the events about their payment

    @rule()
    def stripe_is_emptied(self) -> None:
        for event in self.session_events():
            self.old_events.append(self.stripe.webhook_request(event["id"])[0])
            if checks.is_paid(event["data"]["object"]):
                self.old_payments[event["id"]] = event["data"]["object"]["id"]
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
        """A session that the new account does not know was paid in the old one."""
        other = self.look(shopper, others)
        self.purchase(shopper, quantities, how)
        self.stripe_is_emptied()
        if self.old_events:
            self.will("before", partial(self.old_event_arrives, 0))
        self.buy(other)

    @invariant()
    def old_payments_have_orders(self) -> None:
        """The old account cannot be asked any more, so its events must be believed."""
        dealt_with = StripeEvent.objects.filter(pk__in=self.old_payments).exclude(outcome="pending")
        paid = {self.old_payments[key] for key in dealt_with.values_list("pk", flat=True)}
        assert paid <= set(
            Order.objects.filter(session_id__in=paid).values_list("session_id", flat=True)
        )

    def expected_alerts(self) -> dict[str, int]:
        """An old event may be about the payment of a checkout that was closed because the new
        account did not know its session. Checkouts that had not ended stay unfinished: one alert
        per account.
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
        return super().expected_alerts() | {kind: count for kind, count in found.items() if count}


def _is_lost(session: str, account: str) -> bool:
    """Whether the order of a session was paid at another account."""
    return Order.objects.filter(session_id=session).exclude(account=account).exists()
