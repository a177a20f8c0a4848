"""A database and a sandbox made before refunds, stock, shipping and emails existed, with orders,
still works after the migrations.

`shop.sql` is the output of `pg_dump --no-owner --no-privileges --inserts` in 2026-11, and
`stripe.sqlite3` is the sandbox's state. Two shoppers' payments had become orders, the first of them
with two lines; one payment was processing.
"""

import gzip
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from pytest_django import DjangoDbBlocker, Settings

from orders.checkout.details import ensure_details
from orders.models import Checkout, Installation, Order
from orders.reconciliation.run import reconcile
from orders.shipping.ship import Parcel, ship
from stripe_sandbox import Sandbox
from tests.conftest import WEBHOOK_SECRET
from tests.orders.refunding import refund

HERE = Path(__file__).parent


def unpacked(name: str) -> bytes:
    """One of the files of the old shop."""
    return gzip.decompress((HERE / f"{name}.gz").read_bytes())


def forget_ids() -> None:
    """Empty what a process keeps about its database: another one has other ids."""
    Installation.current_id.cache_clear()
    ContentType.objects.clear_cache()


@pytest.fixture
def old_database(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The old shop's database in place of the test database."""
    with django_db_blocker.unblock():
        own_name = connection.settings_dict["NAME"]
        name = f"{own_name}_upgrade"
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
            cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        connection.close()
        connection.settings_dict["NAME"] = name
        forget_ids()
        try:
            with connection.cursor() as cursor:
                cursor.execute(unpacked("shop.sql").decode())
            connection.close()  # the dump sets an empty search path
            yield
        finally:
            connection.close()
            connection.settings_dict["NAME"] = own_name
            forget_ids()
            with connection._nodb_cursor() as cursor:
                cursor.execute(f'DROP DATABASE "{name}"')


@pytest.fixture
def old_sandbox(settings: Settings, tmp_path: Path) -> Iterator[Sandbox]:
    """The old shop's Stripe account."""
    state = tmp_path / "stripe.sqlite3"
    state.write_bytes(unpacked("stripe.sqlite3"))
    with Sandbox(state=state, webhook_secret=WEBHOOK_SECRET) as sandbox:
        settings.STRIPE_API_BASE = sandbox.url
        yield sandbox


def test_orders_of_an_older_version_survive_the_migrations(
    old_database: None, old_sandbox: Sandbox
) -> None:
    before = list(Order.objects.order_by("pk").values_list("number", "total"))
    call_command("migrate", verbosity=0)
    assert list(Order.objects.order_by("pk").values_list("number", "total")) == before
    assert sorted(total for _, total in before) == [73900, 699600]
    statuses = sorted(Checkout.objects.values_list("status", flat=True))
    assert statuses == ["complete", "complete", "expired", "failed", "open", "processing"]


def test_orders_of_an_older_version_can_be_refunded(
    old_database: None, old_sandbox: Sandbox
) -> None:
    call_command("migrate", verbosity=0)
    for order in Order.objects.all():
        shipping = ensure_details(order).shipping
        lines = {line.name: line.quantity for line in order.lines.all()}
        made = refund(Order.objects.get(pk=order.pk), lines, shipping=shipping)
        assert (made.status, made.amount) == ("succeeded", order.total)
    assert {order.payment_status for order in Order.objects.all()} == {"refunded"}


def test_orders_of_an_older_version_can_be_shipped(
    old_database: None, old_sandbox: Sandbox
) -> None:
    call_command("migrate", verbosity=0)
    for order in Order.objects.all():
        quantities = {line.pk: line.quantity for line in order.lines.all()}
        ship(order, quantities, Parcel("DHL", "JD1"), key=uuid4(), by=None)
    assert {order.fulfilment_status for order in Order.objects.all()} == {"shipped"}


def test_payments_of_an_older_version_become_orders_and_agree_with_stripe(
    old_database: None, old_sandbox: Sandbox
) -> None:
    call_command("migrate", verbosity=0)
    old_sandbox.end_due()  # the bank pays, and the open session expires
    run = reconcile()
    assert (run.not_ours, run.discrepancy_count, run.created_orders) == (0, 0, 1)
    statuses = sorted(Checkout.objects.values_list("status", flat=True))
    assert statuses == ["complete", "complete", "complete", "expired", "expired", "failed"]
    again = reconcile(since=run.since)  # by default, a second run does not go back that far
    assert (again.sessions, again.orders, again.discrepancy_count) == (3, 3, 0)
