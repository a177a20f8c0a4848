"""One step of the shop in a process of its own, and the ways to hold it where it is to be killed.

A step is held by a table or by rows that the test has locked, or by a sandbox that hangs. All
processes are forked from one that has Django set up, so that each begins in milliseconds.
"""

import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.context import ForkServerProcess
from typing import Any

import django
from django.conf import settings
from django.db import connection, models
from django.utils.module_loading import import_string

PATIENCE = 60  # seconds for a process to come to the point
TOKEN = "5e7c4d7e-94c1-4b86-9a5d-8f4c9a8f8d11"  # of the form that `buy` sends

django.setup()  # in the process that all others are forked from
_forking = multiprocessing.get_context("forkserver")
_forking.set_forkserver_preload([__name__])


@contextmanager
def process(job: str, *arguments: Any) -> Iterator[ForkServerProcess]:
    """A process doing a job on this test's database and sandbox; killed at the end.

    The job is the dotted name of a function of the shop, or of one below.
    """
    database = connection.settings_dict["NAME"]
    child = _forking.Process(
        target=do, args=(database, settings.STRIPE_API_BASE, job, arguments), daemon=True
    )
    child.start()
    try:
        yield child
    finally:
        kill(child)


def do(database: str, address: str, job: str, arguments: tuple[Any, ...]) -> None:
    """What the process does: the job, on a database and with a sandbox."""
    connection.settings_dict["NAME"] = database
    settings.STRIPE_API_BASE = address
    import_string(job if "." in job else f"{__name__}.{job}")(*arguments)


def enter_wrong_passwords(email: str, address: str, count: int) -> None:
    """Try to log in from an IP address, under the limits of a server."""
    from django.test import Client

    from vipratech.settings.base import ACCOUNT_RATE_LIMITS

    settings.ACCOUNT_RATE_LIMITS = ACCOUNT_RATE_LIMITS
    for _ in range(count):
        form = {"login": email, "password": "wrong"}
        Client(REMOTE_ADDR=address).post("/accounts/login/", form)


def buy(email: str, key: str, amount: int, quantity: int = 1) -> None:
    """Press Buy."""
    from django.test import Client

    from users.models import User

    browser = Client()
    browser.force_login(User.objects.get(email=email))
    choice = {"product": key, "quantity": quantity, "amount": amount}
    browser.post("/checkout/", {"token": TOKEN, "currency": "inr", **choice})


def come_back(cookie: str, session_id: str) -> None:
    """Load the success page in the browser that has this session cookie."""
    from django.test import Client

    browser = Client()
    browser.cookies[settings.SESSION_COOKIE_NAME] = cookie
    browser.get("/checkout/success/", {"session_id": session_id})


def kill(child: ForkServerProcess) -> None:
    """End a process as a power cut does."""
    child.kill()
    child.join(10)
    assert child.exitcode is not None


def wait_until(happened: Callable[[], object], child: ForkServerProcess) -> None:
    """Wait for what a living process brings about."""
    end = time.monotonic() + PATIENCE
    while not happened():
        assert child.is_alive(), "the process ended before the point where it was to be killed"
        assert time.monotonic() < end, (
            "the process never came to the point where it was to be killed"
        )
        time.sleep(0.01)


@contextmanager
def held(what: type[models.Model] | models.QuerySet[Any]) -> Iterator[Callable[[], None]]:
    """Keep everybody from changing a table, or some rows, on a connection of its own. Reading goes
    on.

    Yields what lets go before the end.
    """
    if isinstance(what, models.QuerySet):
        sql, values = what.order_by().values("pk").query.sql_with_params()
        sql = f"{sql} FOR UPDATE"
    else:
        sql, values = f"LOCK TABLE {what._meta.db_table} IN EXCLUSIVE MODE", ()
    other = connection.copy()
    other.inc_thread_sharing()  # any thread may let go
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute(sql, values)
        yield other.close
    finally:
        other.close()


def those_who_wait() -> list[int]:
    """The server's processes that wait for a lock in this test's database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_stat_clear_snapshot()"
        )  # within a transaction the view would stay as first seen
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND "
            "wait_event_type = 'Lock'"
        )
        return [pid for (pid,) in cursor.fetchall()]


def kill_at_the_lock(child: ForkServerProcess) -> None:
    """Wait until the process has run into what the test holds, and kill it there."""
    wait_until(those_who_wait, child)
    kill(child)
    # The server would finish the statement that waits before it notices that nobody is there any
    # more.
    with connection.cursor() as cursor:
        for pid in those_who_wait():
            cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])
