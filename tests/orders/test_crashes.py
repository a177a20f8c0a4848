"""The process is killed half-way (kill -9, a power cut): the books agree again by themselves.

A real process does the step. It is held where it is to die, by a row that the test has locked or by a sandbox that
hangs, and killed there.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client

from attention.models import Attention
from orders import asking
from orders.models import Checkout, Order, StripeEvent
from products.models import ProductPage, Reservation
from sandbox.server import Sandbox
from tests.conftest import calls, deliver, form, session_of
from tests.orders.selling import (
    SESSIONS,
    buy,
    let_time_pass,
    make_due,
    only_order,
    session_states,
    signed,
    success,
    told,
)

TOKEN = "5e7c4d7e-94c1-4b86-9a5d-8f4c9a8f8d11"  # process_to_kill.py buys with it
SCRIPT = Path(__file__).with_name("process_to_kill.py")
ROOT = SCRIPT.parents[2]
PATIENCE = 60  # seconds for a process to come to the point


@contextmanager
def process(**job: Any) -> Iterator["subprocess.Popen[bytes]"]:
    """A process doing a job on this test's database; killed at the end."""
    database = connection.settings_dict["NAME"]
    arguments = [sys.executable, str(SCRIPT), str(database), settings.STRIPE_API_BASE, json.dumps(job)]
    path = os.pathsep.join([str(ROOT), str(ROOT / "site")])
    child = subprocess.Popen(arguments, env={**os.environ, "PYTHONPATH": path}, cwd=ROOT)
    try:
        yield child
    finally:
        child.kill()
        child.wait(10)


def wait_until(happened: Callable[[], bool], child: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + PATIENCE
    while not happened():
        assert child.poll() is None, "the process ended before the point where it was to be killed"
        assert time.monotonic() < end, "the process never came to the point where it was to be killed"
        time.sleep(0.02)


def those_who_wait() -> list[int]:
    """The server's processes that wait for a lock in this test's database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # within a transaction the view would stay as first seen
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return [pid for (pid,) in cursor.fetchall()]


def kill_at_the_lock(child: "subprocess.Popen[bytes]") -> None:
    """Wait until the process has run into rows that the test has locked, and kill it there."""
    wait_until(lambda: bool(those_who_wait()), child)
    child.kill()
    child.wait(10)
    # The server would finish the statement that waits before it notices that nobody is there any more.
    with connection.cursor() as cursor:
        for pid in those_who_wait():
            cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])


def lock_checkouts() -> None:
    list(Checkout.objects.select_for_update())


@pytest.fixture
def stored_not_settled(committed_db: None, synced: Sandbox, member: Client, lamp: ProductPage) -> str:
    """A paid session whose webhook's process was killed between "event stored" and "settled"; its id."""
    session_id = buy(synced, member, lamp)
    body, signature = signed(told(synced))
    with process(receive=[body.decode(), signature]) as child, transaction.atomic():
        lock_checkouts()
        kill_at_the_lock(child)
    assert StripeEvent.objects.get().outcome == "pending"
    assert not Order.objects.exists()
    assert Checkout.objects.get().status == "open"
    return session_id


def test_killed_between_stored_and_settled_the_next_delivery_settles(stored_not_settled: str, synced: Sandbox) -> None:
    assert deliver(synced).status_code == 200
    assert only_order().session_id == stored_not_settled
    assert StripeEvent.objects.get().outcome == "processed"


def test_killed_between_stored_and_settled_the_worker_settles(stored_not_settled: str, synced: Sandbox) -> None:
    asking.process_pending_events()
    assert not Order.objects.exists()  # the delivery has a head start of a minute
    make_due()
    asking.process_pending_events()
    assert only_order().session_id == stored_not_settled
    assert StripeEvent.objects.get().outcome == "processed"
    assert calls(synced) == []


@pytest.mark.parametrize("job", [asking.process_pending_events, asking.ask_about_checkouts])
def test_a_worker_killed_while_it_settles_leaves_it_to_a_later_round(
    stored_not_settled: str, synced: Sandbox, job: Callable[[], None]
) -> None:
    make_due()
    with process(run=[job.__name__]) as child, transaction.atomic():
        lock_orders_table()
        kill_at_the_lock(child)
    job()
    assert not Order.objects.exists()  # what ended a process is not the first in the queue again
    make_due()
    job()
    assert only_order().session_id == stored_not_settled


def lock_orders_table() -> None:
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE orders_order IN EXCLUSIVE MODE")


@pytest.fixture
def answered_not_saved(committed_db: None, synced: Sandbox, member: Client, lamp: ProductPage) -> str:
    """A click whose process was killed between "Stripe answered" and "checkout saved"; the session's id."""
    synced.fail_next(kind="hang", seconds=60, path=SESSIONS)
    with process(buy=["shopper@example.com", str(lamp.product_key), str(lamp.unit_amount)]) as child:
        wait_until(lambda: calls(synced) == [f"POST {SESSIONS}"], child)
        with transaction.atomic():
            lock_checkouts()
            synced.calm()  # Stripe goes on, makes the session and answers
            kill_at_the_lock(child)
    checkout = Checkout.objects.get()
    assert (checkout.status, checkout.session_id) == ("opening", None)
    (session_id,) = session_states(synced)
    synced.requests.clear()
    return session_id


def test_killed_between_answered_and_saved_the_next_click_finds_the_session(
    answered_not_saved: str, synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    assert session_of(member.post("/checkout/", {**form((lamp, 1)), "token": TOKEN})) == answered_not_saved
    assert calls(synced) == [f"POST {SESSIONS}"]
    assert list(session_states(synced)) == [answered_not_saved]


def test_killed_between_answered_and_saved_the_worker_saves_it(
    answered_not_saved: str, synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    make_due()
    asking.ask_about_checkouts()
    checkout = Checkout.objects.get()
    assert (checkout.status, checkout.session_id) == ("open", answered_not_saved)
    assert checkout.url.endswith(answered_not_saved)
    assert session_of(member.post("/checkout/", form((lamp, 1)))) == answered_not_saved


def test_killed_between_answered_and_saved_and_never_clicked_again_the_worker_closes_it(
    answered_not_saved: str, synced: Sandbox
) -> None:
    synced.expire(answered_not_saved)
    make_due()
    asking.ask_about_checkouts()
    assert Checkout.objects.get().status == "expired"
    assert not Reservation.objects.exists()
    assert not Order.objects.exists()


def test_killed_between_answered_and_saved_and_paid_all_the_same_the_webhook_settles(
    answered_not_saved: str, synced: Sandbox
) -> None:
    synced.pay(answered_not_saved)
    assert deliver(synced).status_code == 200
    assert only_order().session_id == answered_not_saved
    assert Checkout.objects.get().session_id == answered_not_saved
    assert calls(synced) == []
    assert not Attention.objects.exists()


def test_killed_between_answered_and_saved_and_the_webhook_lost_the_success_page_or_worker_settles(
    answered_not_saved: str, synced: Sandbox, member: Client
) -> None:
    synced.pay(answered_not_saved)
    make_due()
    asking.ask_about_checkouts()
    assert only_order().session_id == answered_not_saved
    assert success(member, answered_not_saved).status_code == 303


def test_clicked_again_after_a_minute_the_lost_session_is_not_what_the_worker_takes_for_ours(
    answered_not_saved: str, synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    let_time_pass(timedelta(seconds=61))
    second = session_of(member.post("/checkout/", {**form((lamp, 1)), "token": TOKEN}))
    assert second != answered_not_saved
    synced.expire(answered_not_saved)
    deliver(synced, "checkout.session.expired")
    make_due()
    asking.ask_about_checkouts()
    checkout = Checkout.objects.get()
    assert (checkout.status, checkout.session_id, checkout.attempt) == ("open", second, 2)


def test_killed_before_stripe_was_asked_the_worker_closes_it_when_its_time_is_over(
    committed_db: None, synced: Sandbox, lamp: ProductPage, member: Client
) -> None:
    synced.fail_next(kind="reset", path=SESSIONS, times=None)
    with process(buy=["shopper@example.com", str(lamp.product_key), str(lamp.unit_amount)]) as child:
        wait_until(lambda: f"POST {SESSIONS}" in calls(synced), child)
        child.kill()
        child.wait(10)
    synced.calm()
    make_due()
    asking.ask_about_checkouts()
    assert Checkout.objects.get().status == "opening"
    let_time_pass(timedelta(minutes=36))
    make_due()
    asking.ask_about_checkouts()
    assert Checkout.objects.get().status == "expired"
    assert not Reservation.objects.exists()
