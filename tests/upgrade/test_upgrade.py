"""A database and a sandbox made before refunds, stock, shipping and emails existed, with orders,
still works after the migrations.
"""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from pytest_django import DjangoDbBlocker, Settings

from orders.models import Checkout, Order
from orders.reconciliation.run import reconcile
from stripe_sandbox import Sandbox
from tests.conftest import WEBHOOK_SECRET

HERE = Path(__file__).parent


def unpacked(name: str) -> bytes:
    """One of the files of the old shop."""
    return gzip.decompress((HERE / f"{name}.gz").read_bytes())


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
        try:
            with connection.cursor() as cursor:
                cursor.execute(unpacked("shop.sql").decode())
            connection.close()  # the dump sets an empty search path
            yield
        finally:
            connection.close()
            connection.settings_dict["NAME"] = own_name
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


def test_orders_of_an_older_version_still_agree_with_stripe(
    old_database: None, old_sandbox: Sandbox
) -> None:
    call_command("migrate", verbosity=0)
    run = reconcile()
    assert (run.sessions, run.orders, run.discrepancy_count) == (2, 2, 0)
