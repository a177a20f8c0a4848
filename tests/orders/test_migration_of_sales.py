"""Sales and open payment pages of the version before come through the migration that dates and sorts them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from orders.models import Checkout, Order
from products.models import Reservation, StripePrice
from sandbox.server import Sandbox
from users.models import User

OLD = ("orders", "0002_ledger_rules")
NEW = ("orders", "0003_nothing_is_lost")
ADDED = {
    "view_checkout",
    "view_reconciliation",
    "view_stripeevent",
    "change_stripeevent",
    "change_attention",
}  # to what the group of reviewers may do


def at(hour: int) -> datetime:
    return datetime(2026, 11, 2, hour, tzinfo=UTC)


def migrate(*targets: tuple[str, str]) -> Any:
    """Migrate to the targets, or to the newest of all; returns the models as they are there."""
    executor = MigrationExecutor(connection)
    return executor.migrate(list(targets) or executor.loader.graph.leaf_nodes()).apps


@pytest.fixture
def old(committed_db: None, synced: Sandbox) -> Iterator[Any]:
    """The models as they were, over tables as they were; afterwards the newest tables, whatever came between."""
    try:
        yield migrate(OLD)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE orders_order, orders_checkout CASCADE")
        migrate()


def old_checkout(old: Any, user: User | None, status: str, created_at: datetime, pk: UUID | None = None) -> UUID:
    """An attempt as the version before kept it; those that are not finished have a reservation."""
    key = pk or uuid4()
    checkouts = old.get_model("orders", "Checkout").objects
    checkouts.create(
        id=key,
        user_id=user.pk if user else None,
        token=uuid4(),
        choice_hash=key.hex,
        account="acct_old",
        currency="inr",
        subtotal=149900,
        status=status,
        session_id=None if status == "opening" else f"cs_test_{key.hex}",
        attempted_at=created_at,
        expires_at=at(23),
        ask_at=at(23),
    )
    checkouts.filter(pk=key).update(created_at=created_at)
    if status in ("opening", "open", "processing"):
        price = StripePrice.objects.order_by("pk")[0]
        Reservation.objects.create(product=price.product, price=price, quantity=1, key=key, until=at(23))
    return key


def old_order(old: Any, checkout: UUID | None, placed_at: datetime) -> int:
    order = old.get_model("orders", "Order").objects.create(
        checkout_id=checkout,
        account="acct_old",
        livemode=False,
        session_id=f"cs_test_{checkout.hex if checkout else 'lost'}",
        payment_intent=f"pi_{checkout.hex if checkout else 'lost'}",
        currency="inr",
        subtotal=149900,
        total=149900,
        placed_at=placed_at,
    )
    order.lines.create(name="Brass lamp", unit_amount=149900, quantity=1)
    return int(order.pk)


def statuses() -> dict[UUID, str]:
    return dict(Checkout.objects.values_list("pk", "status"))


def reserved() -> set[UUID]:
    return set(Reservation.objects.values_list("key", flat=True))


def refuse_change(orders: Any) -> None:
    for change in (lambda: orders.update(total=1), lambda: orders._raw_delete(using="default")):
        with pytest.raises(IntegrityError, match="history"), transaction.atomic():
            change()


def test_orders_are_dated_by_their_checkout_and_stay_history(old: Any, shopper: User) -> None:
    known = old_order(old, old_checkout(old, shopper, "complete", at(8)), at(9))
    nobodys = old_order(old, old_checkout(old, None, "complete", at(10)), at(11))
    lost = old_order(old, None, at(12))
    migrate(NEW)
    assert dict(Order.objects.values_list("pk", "session_created_at")) == {known: at(8), nobodys: at(10), lost: at(12)}
    assert set(Order.objects.values_list("total", "lines__unit_amount")) == {(149900, 149900)}
    refuse_change(Order.objects.all())
    assert set(Order.objects.values_list("total", "lines__unit_amount")) == {(149900, 149900)}


def test_of_a_shoppers_payable_attempts_the_newest_stays(old: Any, shopper: User) -> None:
    other = User.objects.create_user("other@example.com", "a-long-password")
    small, large = sorted([uuid4(), uuid4()])
    before = {
        old_checkout(old, shopper, "open", at(8)): "superseded",
        old_checkout(old, shopper, "opening", at(9)): "opening",
        old_checkout(old, shopper, "processing", at(10)): "processing",
        old_checkout(old, other, "open", at(8), small): "superseded",  # made in the same instant
        old_checkout(old, other, "open", at(8), large): "open",
        old_checkout(old, None, "open", at(8)): "open",  # of users who were deleted: nobody's
        old_checkout(old, None, "open", at(9)): "open",
    }
    assert reserved() == set(before)
    migrate(NEW)
    assert statuses() == before
    assert reserved() == {key for key, status in before.items() if status != "superseded"}
    assert Checkout.objects.filter(status="superseded", session_id=None).count() == 0  # they can still be paid
    with pytest.raises(IntegrityError, match="one_payable_per_shopper"), transaction.atomic():
        Checkout.objects.filter(user=other).update(status="open")


def test_reviewers_see_what_is_new(old: Any) -> None:
    reviewers = Group.objects.get(name="Order reviewers")
    reviewers.permissions.remove(*Permission.objects.filter(codename__in=ADDED))
    Permission.objects.filter(codename="view_reconciliation").delete()  # of a model that there was not
    had = set(reviewers.permissions.values_list("codename", flat=True))
    migrate(NEW)
    assert had and not had & ADDED
    assert set(reviewers.permissions.values_list("codename", flat=True)) == had | ADDED
