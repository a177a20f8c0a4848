"""Runs of the reconciliation: their period, their speed, interruptions, and what happens at the
same time.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from alerts.models import Alert
from orders import policy
from orders.models import Checkout, Order, Reconciliation
from orders.reconciliation.run import reconcile
from orders.reconciliation.throttle import Throttle
from products.models import ProductPage
from stripe_gateway.errors import GatewayError, KeyRefused, Unavailable
from stripe_sandbox import Sandbox
from tests.conftest import calls, deliver
from tests.orders.selling import SESSIONS, alter, at_once, buy, only_order, session_states

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DEEP = timedelta(days=35)
ROOT = Path(__file__).parents[2]
RECONCILE = """
import sys, django
from django.conf import settings
settings.DATABASES["default"]["NAME"], settings.STRIPE_API_BASE = sys.argv[1:]
django.setup()
from orders.reconciliation.run import reconcile
reconcile()
"""


def wait_until(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)


# The period


def ran(sandbox: Sandbox, ago: timedelta, **fields: Any) -> None:
    """A past run, by default a deep one that agreed."""
    cutoff = timezone.now() - ago
    own = {
        "account": sandbox.account,
        "is_deep": True,
        "since": cutoff - DEEP,
        "cutoff": cutoff,
        "finished_at": cutoff,
    }
    Reconciliation.objects.create(currency="inr", started_at=cutoff, **{**own, **fields})


def assert_begins(row: Reconciliation, ago: timedelta, *, deep: bool) -> None:
    assert abs(row.since - (timezone.now() - ago)) < timedelta(minutes=1)
    assert row.is_deep == deep


def test_the_first_run_goes_back_five_weeks(synced: Sandbox) -> None:
    assert_begins(reconcile(), DEEP, deep=True)


def test_the_first_run_of_an_older_shop_begins_before_its_first_checkout(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    lost = buy(synced, member, lamp)
    long_ago = timezone.now() - 90 * DAY
    Checkout.objects.update(created_at=long_ago)
    alter(synced, "checkout.session", lost, created=int(long_ago.timestamp()))
    row = reconcile()
    assert_begins(row, 91 * DAY, deep=True)
    assert only_order().session_id == lost


@pytest.mark.parametrize(
    ("ago", "since", "deep"),
    [(2 * HOUR, 26 * HOUR, False), (25 * HOUR, DEEP, True), (50 * DAY, 51 * DAY, True)],
    ids=["a moment ago", "yesterday", "after seven weeks without a worker"],
)
def test_a_run_begins_a_day_before_the_last_deep_run_that_agreed(
    synced: Sandbox, ago: timedelta, since: timedelta, deep: bool
) -> None:
    ran(synced, 60 * DAY)
    ran(synced, ago)
    assert_begins(reconcile(), since, deep=deep)


@pytest.mark.parametrize(
    "fields",
    [
        {"is_deep": False, "since": datetime.fromisoformat("2020-01-01T00:00Z")},
        {"finished_at": None},
        {"finished_at": None, "error": "429"},
        {"discrepancy_count": 1},
        {"account": "acct_another"},
        {"cutoff": timezone.now() + 400 * DAY},
    ],
    ids=[
        "by hand",
        "killed",
        "broken off",
        "differs",
        "another account's",
        "of a clock that was ahead",
    ],
)
def test_runs_that_prove_nothing_are_not_built_on(synced: Sandbox, fields: dict[str, Any]) -> None:
    ran(synced, 50 * DAY)
    ran(synced, HOUR, **fields)
    assert_begins(reconcile(), 51 * DAY, deep=True)


def test_a_manual_run_leaves_no_gap(synced: Sandbox, member: Client, lamp: ProductPage) -> None:
    """A manual run covers the last hour after weeks without a worker: what was lost in those weeks
    is found later.
    """
    ran(synced, 40 * DAY)
    lost = buy(synced, member, lamp)
    alter(synced, "checkout.session", lost, created=synced.state.now() - 38 * 86400)
    assert reconcile(since=timezone.now() - HOUR).agrees
    assert not Order.objects.exists()
    assert reconcile().created_orders == 1
    assert only_order().session_id == lost


# Speed, and Stripe's limits


def after(begin: float, times: list[float], tenths: list[int]) -> bool:
    """Whether request n came no earlier than n tenths of a second after the start.

    A busy machine only adds to it.
    """
    return all(
        moment - begin >= count / 10 - 1e-6 for moment, count in zip(times, tenths, strict=True)
    )


def test_at_most_ten_requests_are_made_per_second() -> None:
    paced, begin = Throttle(), time.monotonic()
    times: list[float] = []
    for _ in range(5):
        paced.make(lambda: times.append(time.monotonic()))
    paced.make(lambda: times.append(time.monotonic()), requests=3)
    paced.make(lambda: times.append(time.monotonic()))
    assert after(begin, times, [0, 1, 2, 3, 4, 5, 8])


def test_a_pause_is_not_made_up_for_afterwards() -> None:
    paced = Throttle()
    time.sleep(0.3)
    begin = time.monotonic()
    times: list[float] = []
    for _ in range(3):
        paced.make(lambda: times.append(time.monotonic()))
    assert after(begin, times, [0, 1, 2])


def test_it_waits_after_429(
    synced: Sandbox, member: Client, lamp: ProductPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy, "RETRY_PAUSES", (0.1, 0.2))
    buy(synced, member, lamp)
    synced.fail_next(status=429, times=2)
    assert reconcile().created_orders == 1
    assert calls(synced)[:4] == ["GET /v1/account"] * 3 + [f"GET {SESSIONS}"]


def test_without_any_answer_from_stripe_the_row_proves_nothing(
    synced: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy, "RETRY_PAUSES", ())
    synced.fail_next(times=None)
    with pytest.raises(Unavailable):
        reconcile()
    row = Reconciliation.objects.get()
    assert (row.account, row.finished_at) == (synced.account, None)
    assert row.error and not row.agrees


def test_a_long_outage_interrupts_the_run_and_the_next_one_begins_at_the_same_point(
    synced: Sandbox, member: Client, lamp: ProductPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy, "RETRY_PAUSES", (0.01, 0.01, 0.01))
    lost = buy(synced, member, lamp)
    synced.fail_next(status=429, times=None, path=SESSIONS)
    with pytest.raises(Unavailable):
        reconcile()
    assert calls(synced, path=SESSIONS) == [f"GET {SESSIONS}"] * 4
    broken = Reconciliation.objects.get()
    assert broken.finished_at is None and broken.error
    assert not broken.agrees and not Order.objects.exists()
    synced.clear_faults()
    row = reconcile()
    assert (
        row.is_deep and row.created_orders == 1 and row.since - broken.since < timedelta(minutes=5)
    )
    assert only_order().session_id == lost


def test_retries_end_after_half_a_minute_even_if_each_takes_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(policy, "RETRY_PATIENCE", 0.5)
    monkeypatch.setattr(policy, "RETRY_PAUSES", (0.1,) * 5)
    tries: list[int] = []

    def hang() -> None:
        tries.append(1)
        time.sleep(0.3)
        raise Unavailable("silence")

    with pytest.raises(Unavailable):
        Throttle().make(hang)
    assert len(tries) == 2


def test_the_pauses_add_up_to_half_a_minute() -> None:
    assert 25 < sum(policy.RETRY_PAUSES) < policy.RETRY_PATIENCE < 40


def test_a_refused_key_is_not_retried(synced: Sandbox) -> None:
    tries: list[int] = []

    def refuse() -> None:
        tries.append(1)
        raise KeyRefused("Invalid API Key provided.")

    with pytest.raises(GatewayError):
        Throttle().make(refuse)
    assert tries == [1]


# What happens at the same time


@contextmanager
def while_stripe_thinks(
    sandbox: Sandbox, path: str = SESSIONS, moment: str = "after"
) -> Iterator[Callable[[], None]]:
    """The next request to a path hangs until the test has ended; returns a function that waits for
    it to arrive.
    """
    sandbox.requests.clear()
    sandbox.fail_next(kind="hang", moment=moment, seconds=30, path=path, method="GET")
    try:
        yield lambda: wait_until(lambda: bool(calls(sandbox, "GET", path)))
    finally:
        sandbox.faults.clear()


def test_a_session_completed_during_the_run_agrees(
    committed_db: None, synced: Sandbox, member: Client, lamp: ProductPage, quilt: ProductPage
) -> None:
    """Stripe's list was read before the payment, our orders afterwards."""
    buy(synced, member, lamp)
    deliver(synced)
    with while_stripe_thinks(synced) as wait:

        def pay() -> None:
            wait()
            buy(synced, member, quilt)
            deliver(synced)
            synced.faults.clear()

        row, _ = at_once(reconcile, pay)
    assert row.agrees
    assert row.created_orders == 0 and Order.objects.count() == 2
    assert row.sessions == row.orders and row.stripe_total == row.orders_total


def test_a_check_looks_again_before_it_reports_a_session_whose_webhook_is_at_work(
    committed_db: None, synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    buy(synced, member, lamp)

    def tell() -> None:
        wait_until(lambda: bool(calls(synced, "GET", SESSIONS)))
        time.sleep(1)  # the first look takes milliseconds, the second follows after five seconds
        assert not Order.objects.exists()
        assert deliver(synced).status_code == 200

    row, _ = at_once(partial(reconcile, repair=False), tell)
    assert row.agrees and (row.sessions, row.orders, row.created_orders) == (1, 1, 0)
    assert only_order().events.get().text.endswith("confirmed by webhook.")


def test_two_runs_at_once_create_one_order_and_both_agree(
    committed_db: None, synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    buy(synced, member, lamp)
    first, second = at_once(reconcile, reconcile)
    assert first.agrees and second.agrees
    assert first.created_orders + second.created_orders == 1
    only_order()
    assert not Alert.objects.exists()


def test_no_transaction_is_open_during_a_call_to_stripe(
    committed_db: None, synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    """Not even while many orders are read."""
    session_id = buy(synced, member, lamp)
    deliver(synced)
    alter(synced, "checkout.session", session_id, amount_total=1)
    states: list[str] = []
    with while_stripe_thinks(synced, f"{SESSIONS}/{session_id}", moment="before") as wait:

        def look() -> None:
            wait()
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT state FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    " AND backend_type = 'client backend'"
                )
                states.extend(state for (state,) in cursor.fetchall())
            synced.faults.clear()

        row, _ = at_once(reconcile, look)
    assert row.discrepancy_count == 1
    assert states and set(states) == {"idle"}


def test_a_killed_run_proves_nothing_and_the_next_is_complete(
    committed_db: None, synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    lost = buy(synced, member, lamp)
    arguments = [
        sys.executable,
        "-c",
        RECONCILE,
        str(connection.settings_dict["NAME"]),
        settings.STRIPE_API_BASE,
    ]
    path = os.pathsep.join(map(str, [ROOT, ROOT / "site", *ROOT.glob("packages/*")]))
    environment = {
        **os.environ,
        "PYTHONPATH": path,
        "DJANGO_SETTINGS_MODULE": "vipratech.settings.test",
    }
    with while_stripe_thinks(synced) as wait:
        child = subprocess.Popen(arguments, env=environment, cwd=ROOT)
        try:
            wait()
        finally:
            child.kill()
            child.wait(10)
    killed = Reconciliation.objects.get()
    assert killed.finished_at is None and not killed.agrees and not killed.error
    assert not Order.objects.exists() and session_states(synced) == {lost: "complete"}
    row = reconcile()
    assert row.agrees and row.is_deep and row.created_orders == 1
    assert only_order().session_id == lost
