"""Every pair of callers of complete() at once, on one paid session: one order, one timeline entry,
no failure.

`RACE_ROUNDS` is how often each pair meets.
"""

import logging
import os
import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from itertools import permutations
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from alerts.models import Alert
from orders.checkout import complete, poll
from orders.checkout import session as checkout_session
from orders.checkout.complete import Outcome
from orders.checkout.match import MatchedSession, fetch
from orders.checkout.replace import expire
from orders.events.replay import replay
from orders.models import Checkout, Order, Reconciliation, StripeEvent
from orders.reconciliation.run import reconcile
from products.models import ProductPage, Reservation
from stripe_sandbox import Sandbox
from tests.conftest import send
from tests.orders.selling import alter, buy, make_due, meet, open_page, signed, success, told, twin
from users.models import User

Action = Callable[[], Any]
ROUNDS = int(os.environ.get("RACE_ROUNDS", "2"))


@pytest.fixture(autouse=True)
def _nobody_warns(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A caller that catches an error to try again later logs it; a race must not cause one."""
    yield
    assert [
        record.getMessage()
        for record in caplog.get_records("call")
        if record.levelno >= logging.WARNING
    ] == []


class PaidSession:
    """A paid session that the shop does not know about yet, and everybody who may complete it."""

    def __init__(self, sandbox: Sandbox, browser: Client, page: ProductPage) -> None:
        self.session_id = buy(sandbox, browser, page, 2)
        self.browser = browser
        self.checkout = Checkout.objects.get(session_id=self.session_id)
        self.event = told(sandbox)
        make_due()

    def webhook(self) -> Action:
        """The signed event, which is sufficient."""
        return partial(send, *signed(self.event))

    def outdated_event(self) -> Action:
        """An event in another API version, which makes the webhook ask Stripe."""
        old = {**self.event, "id": f"{self.event['id']}_old", "api_version": "2020-08-27"}
        return partial(send, *signed(old))

    def page(self) -> Action:
        """The success page."""
        return partial(success, twin(self.browser), self.session_id)

    def worker(self) -> Action:
        """The poll of unfinished checkouts."""
        return poll.poll_checkouts

    def reconciler(self) -> Action:
        """A reconciliation."""
        return partial(reconcile, since=timezone.now() - timedelta(minutes=5))

    def click(self) -> Action:
        """A second click, which checks whether the session can still be paid."""
        return partial(checkout_session.resume, Checkout.objects.get(pk=self.checkout.pk))

    def choice(self) -> Action:
        """Another basket, which expires the session."""
        return partial(expire, Checkout.objects.get(pk=self.checkout.pk))

    def replay(self) -> Action:
        """Staff replay an event that was stored but never processed."""
        event = {**self.event, "id": f"{self.event['id']}_stored"}
        later = timezone.now() + timedelta(hours=1)
        row, _ = StripeEvent.objects.get_or_create(
            id=event["id"],
            defaults={"type": event["type"], "body": signed(event)[0].decode(), "retry_at": later},
        )
        return partial(replay, row)

    def check(self) -> None:
        """Everything that follows from a payment is there, once."""
        order = Order.objects.get(session_id=self.session_id)
        assert [(line.name, line.unit_amount, line.quantity) for line in order.lines.all()] == [
            ("Brass lamp", 149900, 2)
        ]
        assert (order.subtotal, order.total, order.currency) == (299800, 299800, "inr")
        assert order.events.count() == 1
        self.checkout.refresh_from_db()
        assert (self.checkout.status, order.checkout) == ("complete", self.checkout)
        assert not Reservation.objects.filter(key=self.checkout.pk).exists()


CALLERS = (
    PaidSession.webhook,
    PaidSession.outdated_event,
    PaidSession.page,
    PaidSession.worker,
    PaidSession.reconciler,
    PaidSession.click,
    PaidSession.choice,
    PaidSession.replay,
)


def check_answer(caller: Callable[..., Action], answer: Any) -> None:
    """The caller's result says that the session is complete."""
    if caller in (PaidSession.webhook, PaidSession.outdated_event):
        assert answer.status_code == 200
    elif caller is PaidSession.page:
        assert answer.status_code in (
            200,
            303,
        )  # another window asks Stripe: this one waits five seconds
    elif caller is PaidSession.reconciler:
        assert answer.agrees and answer.created_orders in (0, 1)
    elif caller is PaidSession.click:
        assert answer.status == "complete"
    elif caller is PaidSession.replay:
        assert answer.is_done and answer.outcome == "processed"


@pytest.mark.parametrize("first", CALLERS, ids=lambda caller: caller.__name__)
def test_two_callers_at_once_create_one_order(
    committed_db: None, synced: Sandbox, lamp: ProductPage, client_of: Callable[[User], Client],
    first: Callable[..., Action],
) -> None:  # fmt: skip
    chance = random.Random(first.__name__)
    for second in CALLERS[CALLERS.index(first) :]:
        shopper = User.objects.create_user(f"{second.__name__}@example.com")
        for _ in range(ROUNDS):
            Checkout.objects.update(
                created_at=timezone.now() - timedelta(hours=1)
            )  # at most thirty per hour
            paid = PaidSession(synced, client_of(shopper), lamp)
            answers = meet(chance, first(paid), second(paid))
            check_answer(first, answers[0])
            check_answer(second, answers[1])
            paid.check()
    assert set(StripeEvent.objects.values_list("outcome", flat=True)) <= {"processed"}
    assert not Reconciliation.objects.filter(finished_at=None).exists()
    assert not Alert.objects.exists()


def test_all_callers_at_once_create_one_order(
    committed_db: None,
    synced: Sandbox,
    lamp: ProductPage,
    client_of: Callable[[User], Client],
    shopper: User,
) -> None:
    chance = random.Random(8)
    for _ in range(ROUNDS):
        Checkout.objects.update(created_at=timezone.now() - timedelta(hours=1))
        paid = PaidSession(synced, client_of(shopper), lamp)
        for caller, answer in zip(
            CALLERS, meet(chance, *(caller(paid) for caller in CALLERS)), strict=True
        ):
            check_answer(caller, answer)
        paid.check()
    assert set(StripeEvent.objects.values_list("outcome", flat=True)) == {"processed"}
    assert not Alert.objects.exists()


# States of different ages


def life_of(sandbox: Sandbox, browser: Client, page: ProductPage) -> dict[str, MatchedSession]:
    """The states of one session while its bank debit proceeds, and the state it would have had
    without a payment.
    """
    session_id = open_page(browser, page, 2)
    seen = {"open": fetch(session_id)}
    alter(sandbox, "checkout.session", session_id, status="expired")
    seen["expired"] = fetch(session_id)
    alter(sandbox, "checkout.session", session_id, status="open")
    sandbox.pay(session_id, bank="000000000009")
    seen["processing"] = fetch(session_id)
    sandbox.settle(session_id)
    seen["paid"] = fetch(session_id)
    return seen


def check_paid_won(seen: dict[str, MatchedSession], *, also_expired: bool) -> None:
    order = Order.objects.get(session_id=seen["paid"].session.id)
    assert (order.total, order.events.count(), order.lines.count()) == (299800, 1, 1)
    assert order.checkout is not None and order.checkout.status == "complete"
    assert not Reservation.objects.exists()
    # An expired session cannot be paid; if Stripe reports that it was, an alert is raised.
    causes = set(Alert.objects.values_list("key", flat=True))
    assert causes <= ({f"paid-after-close:{order.session_id}"} if also_expired else set())
    Alert.objects.all().delete()


@pytest.mark.parametrize(
    "ages",
    [
        *permutations(["open", "processing", "paid"]),
        *permutations(["expired", "processing", "paid"]),
    ],
    ids="-".join,
)
def test_paid_wins_in_whatever_order_the_states_arrive(
    synced: Sandbox, member: Client, lamp: ProductPage, ages: tuple[str, ...]
) -> None:
    seen = life_of(synced, member, lamp)
    for age in ages:
        complete.complete(seen[age], source="test")
    check_paid_won(seen, also_expired="expired" in ages)


@pytest.mark.parametrize("late", ["open", "processing", "expired"])
def test_an_old_state_at_the_same_moment_as_the_paid_one_changes_nothing(
    committed_db: None, synced: Sandbox, member: Client, lamp: ProductPage, late: str
) -> None:
    chance = random.Random(late)
    for _ in range(ROUNDS):
        Checkout.objects.update(created_at=timezone.now() - timedelta(hours=1))
        seen = life_of(synced, member, lamp)
        complete_now = partial(complete.complete, source="test")
        outcomes = [
            each.outcome
            for each in meet(
                chance,
                *[partial(complete_now, seen["paid"]), partial(complete_now, seen[late])] * 2,
            )
        ]
        assert outcomes.count(Outcome.CREATED) == 1
        check_paid_won(seen, also_expired=late == "expired")
