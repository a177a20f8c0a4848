"""The process is killed (kill -9, a power cut) while it completes a paid session: everything agrees
again without anybody acting.

A real process does the step. It is held where it is to die and killed there.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client

from alerts.models import Alert
from orders.checkout import poll
from orders.events.process import process_pending_events
from orders.models import Checkout, Order, Reconciliation, StripeEvent
from orders.reconciliation.run import reconcile
from products.models import ProductPage, Reservation
from stripe_sandbox import Sandbox
from tests.conftest import deliver
from tests.orders.selling import (
    buy,
    deliver_altered,
    make_due,
    only_order,
    session_states,
    success,
    told,
)
from tests.process_to_kill import held, kill_at_the_lock, process, those_who_wait, wait_until
from users.models import User


def check_completed(sandbox: Sandbox, *session_ids: str) -> None:
    """Each session is paid and has one order; nothing is left to do, and there is no alert."""
    assert session_states(sandbox) == dict.fromkeys(session_ids, "complete")
    assert sorted(Order.objects.values_list("session_id", flat=True)) == sorted(session_ids)
    for order in Order.objects.all():
        assert (order.total, [line.total for line in order.lines.all()]) == (149900, [149900])
        assert order.events.count() == 1
        assert order.checkout is not None and order.checkout.status == "complete"
    assert not Reservation.objects.exists()
    assert not StripeEvent.objects.exclude(outcome="processed").exists()
    assert not Alert.objects.exists()
    assert reconcile(repair=False).agrees


def check_not_completed() -> None:
    """Everything the killed process had started is rolled back."""
    assert set(Checkout.objects.values_list("status", flat=True)) == {"open"}
    assert Reservation.objects.count() == Checkout.objects.count()
    assert not Order.objects.exists()


def of_another_version(sandbox: Sandbox) -> dict[str, Any]:
    """The event as another API version would have it: the shop retrieves the session."""
    return {**told(sandbox), "api_version": "2024-06-20"}


@pytest.fixture
def stored_not_completed(
    committed_db: None, synced: Sandbox, member: Client, lamp: ProductPage
) -> str:
    """The id of a paid session whose webhook process was killed between storing the event and
    completing. Only an event that is not enough alone is stored first.
    """
    session_id = buy(synced, member, lamp)
    text = json.dumps(of_another_version(synced))
    with held(Checkout), process("orders.events.receive.receive", text) as child:
        kill_at_the_lock(child)
    assert StripeEvent.objects.get().outcome == "pending"
    check_not_completed()
    return session_id


def test_killed_between_storing_and_completing_the_next_delivery_completes(
    stored_not_completed: str, synced: Sandbox
) -> None:
    assert deliver_altered(of_another_version(synced)).status_code == 200
    check_completed(synced, stored_not_completed)


def test_killed_between_storing_and_completing_the_worker_completes(
    stored_not_completed: str, synced: Sandbox
) -> None:
    process_pending_events()
    assert not Order.objects.exists()  # the delivery has a head start of a minute
    make_due()
    process_pending_events()
    check_completed(synced, stored_not_completed)


@pytest.mark.parametrize("job", [process_pending_events, poll.poll_checkouts])
def test_a_worker_killed_while_completing_leaves_it_to_a_later_run(
    stored_not_completed: str, synced: Sandbox, job: Callable[[], None]
) -> None:
    make_due()
    with held(Order), process(f"{job.__module__}.{job.__name__}") as child:
        kill_at_the_lock(child)
    job()
    check_not_completed()  # what killed a process does not come first again
    make_due()
    job()
    assert only_order().session_id == stored_not_completed
    process_pending_events()
    check_completed(synced, stored_not_completed)


@pytest.fixture
def paid(committed_db: None, synced: Sandbox, member: Client, lamp: ProductPage) -> str:
    """A paid session that the shop does not know about yet."""
    return buy(synced, member, lamp)


def deliver_and_kill(sandbox: Sandbox, browser: Client, session_id: str) -> None:
    with process("orders.events.receive.receive", json.dumps(told(sandbox))) as child:
        kill_at_the_lock(child)


def come_back_and_kill(sandbox: Sandbox, browser: Client, session_id: str) -> None:
    cookie = browser.cookies[settings.SESSION_COOKIE_NAME].value
    with process("come_back", cookie, session_id) as child:
        kill_at_the_lock(child)


def ask_and_kill(sandbox: Sandbox, browser: Client, session_id: str) -> None:
    make_due()
    with process("orders.checkout.poll.poll_checkouts") as child:
        kill_at_the_lock(child)


def reconcile_and_kill(sandbox: Sandbox, browser: Client, session_id: str) -> None:
    with process("orders.reconciliation.run.reconcile") as child:
        kill_at_the_lock(child)


def hear(sandbox: Sandbox, browser: Client, session_id: str) -> None:
    assert deliver(sandbox).status_code == 200


def reload(sandbox: Sandbox, browser: Client, session_id: str) -> None:
    Checkout.objects.update(checked_at=None)  # five seconds later
    assert success(browser, session_id)["Location"] == only_order().get_absolute_url()


def ask(sandbox: Sandbox, browser: Client, session_id: str) -> None:
    make_due()
    poll.poll_checkouts()


def prove(sandbox: Sandbox, browser: Client, session_id: str) -> None:
    row = reconcile()
    assert row.agrees and row.created_orders == 1


@pytest.mark.parametrize(
    ("step", "heal"),
    [
        (deliver_and_kill, hear),
        (deliver_and_kill, ask),
        (come_back_and_kill, reload),
        (come_back_and_kill, hear),
        (ask_and_kill, ask),
        (ask_and_kill, reload),
        (reconcile_and_kill, prove),
        (reconcile_and_kill, hear),
    ],
)
def test_killed_before_the_commit_nothing_is_stored_and_any_caller_completes(
    paid: str, synced: Sandbox, member: Client, step: Callable[..., None], heal: Callable[..., None]
) -> None:
    with held(Reservation):  # the last table that changes
        step(synced, member, paid)
    check_not_completed()
    heal(synced, member, paid)
    make_due()
    process_pending_events()
    check_completed(synced, paid)


@pytest.fixture
def completed_not_stored(paid: str, synced: Sandbox) -> str:
    """The id of a paid session whose webhook process was killed between completing and storing the
    outcome.
    """
    event = of_another_version(synced)
    kill_before_storing_the_outcome("orders.events.receive.receive", json.dumps(event))
    return paid


def kill_before_storing_the_outcome(job: str, *arguments: object) -> None:
    with held(Reservation) as let_go, process(job, *arguments) as child:
        wait_until(those_who_wait, child)
        with held(StripeEvent):
            let_go()
            wait_until(Order.objects.exists, child)
            kill_at_the_lock(child)
    assert StripeEvent.objects.get().outcome == "pending"
    assert Checkout.objects.get().status == "complete"


def test_killed_before_the_outcome_is_stored_the_next_delivery_stores_it(
    completed_not_stored: str, synced: Sandbox
) -> None:
    assert deliver_altered(of_another_version(synced)).status_code == 200
    check_completed(synced, completed_not_stored)
    assert StripeEvent.objects.get().reason == "The order already existed."


def test_killed_before_the_outcome_is_stored_the_worker_stores_it_even_if_it_is_killed_once(
    stored_not_completed: str, synced: Sandbox
) -> None:
    make_due()
    kill_before_storing_the_outcome("orders.events.process.process_pending_events")
    make_due()
    process_pending_events()
    check_completed(synced, stored_not_completed)


def test_killed_between_completing_and_the_response_the_next_reload_shows_the_order(
    paid: str, synced: Sandbox, member: Client
) -> None:
    with held(Session):  # the Django session, which is saved after the view
        come_back_and_kill(synced, member, paid)
    check_completed(synced, paid)
    assert success(member, paid)["Location"] == only_order().get_absolute_url()
    assert deliver(synced).status_code == 200
    check_completed(synced, paid)


def test_a_reconciliation_killed_halfway_proves_nothing_and_the_next_one_creates_the_rest(
    paid: str,
    synced: Sandbox,
    member: Client,
    lamp: ProductPage,
    client_of: Callable[[User], Client],
) -> None:
    newer = buy(
        synced, client_of(User.objects.create_user("other@example.com")), lamp
    )  # which comes first in the list
    with held(Reservation.objects.filter(key=Checkout.objects.get(session_id=paid).pk)):
        reconcile_and_kill(synced, member, paid)
    assert only_order().session_id == newer
    half = Reconciliation.objects.get()
    assert (half.finished_at, half.error) == (None, "")
    row = reconcile()
    assert (row.agrees, row.is_deep, row.created_orders, row.orders, row.sessions) == (
        True,
        True,
        1,
        2,
        2,
    )
    check_completed(synced, paid, newer)
