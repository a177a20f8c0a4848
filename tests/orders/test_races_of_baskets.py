"""Windows of one shopper that want different things, and a page that ends while it is paid: one
page can be paid at most, and what was paid is an order.

`RACE_ROUNDS` is how often they meet.
"""

import os
import random
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from alerts.models import Alert
from orders.checkout import poll
from orders.models import Checkout, Order, StripeEvent
from orders.reconciliation.run import reconcile
from products.models import ProductPage, Reservation
from stripe_sandbox import ApiError, NotOpen, Sandbox
from tests.conftest import form, send
from tests.orders.selling import make_due, meet, open_page, session_states, twin

ROUNDS = int(os.environ.get("RACE_ROUNDS", "2")) * 2


def an_hour_passes() -> None:
    """A shopper may start thirty checkouts per hour."""
    Checkout.objects.update(created_at=timezone.now() - timedelta(hours=1))


def pay(sandbox: Sandbox, session_id: str) -> bool:
    """Pay if the session can still be paid."""
    try:
        sandbox.pay(session_id)
    except NotOpen:
        return False
    return True


def expire(sandbox: Sandbox, session_id: str) -> bool:
    """Let the session expire if it can."""
    try:
        sandbox.expire(session_id)
    except ApiError:
        return False
    return True


def deliver_all(sandbox: Sandbox) -> None:
    """Deliver every event that was not delivered before, twice."""
    told = set(StripeEvent.objects.values_list("pk", flat=True))
    for event in [event for event in sandbox.events() if event["id"] not in told] * 2:
        assert send(*sandbox.webhook_request(event["id"])).status_code == 200


def check_after_all_events(sandbox: Sandbox) -> None:
    """Both sides agree about every session, at most one can be paid, and only that one has
    reservations.
    """
    deliver_all(sandbox)
    states = session_states(sandbox)
    paid = {session_id for session_id, state in states.items() if state == "complete"}
    assert set(Order.objects.values_list("session_id", flat=True)) == paid
    payable = [session_id for session_id, state in states.items() if state == "open"]
    assert len(payable) <= 1
    checkouts = Checkout.objects.filter(status__in=Checkout.PAYABLE)
    assert [checkout.session_id for checkout in checkouts] == payable
    assert set(Reservation.objects.values_list("key", flat=True)) == {
        checkout.pk for checkout in checkouts
    }
    assert not StripeEvent.objects.filter(outcome="pending").exists()
    assert not Alert.objects.exists()
    assert reconcile(repair=False).agrees


@pytest.mark.parametrize(
    "before", ["nothing", "a page is open", "a page is open and paid at this moment"]
)
def test_two_windows_with_two_baskets_leave_at_most_one_payable_session(
    committed_db: None,
    synced: Sandbox,
    member: Client,
    lamp: ProductPage,
    quilt: ProductPage,
    before: str,
) -> None:
    chance = random.Random(before)
    for _ in range(ROUNDS):
        an_hour_passes()
        first = "" if before == "nothing" else open_page(member, lamp, 2)
        clicks = [
            partial(twin(member).post, "/checkout/", wish)
            for wish in (form((lamp, 1)), form((quilt, 3)))
        ]
        payer = [partial(pay, synced, first)] if "paid" in before else []
        for answer in meet(chance, *clicks, *payer)[:2]:
            assert answer.status_code in (303, 409)  # 409: the other window was faster
        check_after_all_events(synced)
        for session_id in session_states(synced):
            pay(synced, session_id)
        check_after_all_events(synced)


@pytest.mark.parametrize("comes", ["click", "other choice", "worker", "webhook"])
def test_a_session_that_expires_while_it_is_paid_gives_an_order_or_charges_nothing(
    committed_db: None, synced: Sandbox, member: Client, lamp: ProductPage, comes: str
) -> None:
    chance = random.Random(comes)
    for _ in range(ROUNDS):
        an_hour_passes()
        session_id = open_page(member, lamp)
        make_due()
        thirds: dict[str, Callable[[], Any]] = {
            "click": partial(twin(member).post, "/checkout/", form((lamp, 1))),
            "other choice": partial(twin(member).post, "/checkout/", form((lamp, 2))),
            "worker": poll.poll_checkouts,
            "webhook": partial(deliver_all, synced),
        }
        both = [partial(pay, synced, session_id), partial(expire, synced, session_id)]
        paid, ran_out, _ = meet(chance, *both, thirds[comes])
        assert not (paid and ran_out)
        check_after_all_events(synced)
        assert session_states(synced)[session_id] == ("complete" if paid else "expired")
        assert Order.objects.filter(session_id=session_id).exists() == paid
