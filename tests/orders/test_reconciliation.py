"""The proof: paid sessions at Stripe and orders in our books, both ways, sums included."""

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from attention.models import Attention
from orders.models import Order, Reconciliation
from orders.reconciliation import reconcile
from products.models import ProductPage
from sandbox.server import Sandbox
from tests.conftest import deliver
from tests.orders.selling import alter, buy, only_order


def test_a_payment_that_nobody_told_us_of_becomes_an_order_and_the_books_agree(
    synced: Sandbox, member: Client, lamp: ProductPage, quilt: ProductPage
) -> None:
    buy(synced, member, lamp, 2)
    deliver(synced)
    lost = buy(synced, member, quilt)
    row = reconcile()
    assert row.agrees and row.is_deep
    assert (row.sessions, row.orders, row.settled, row.ignored) == (2, 2, 1, 0)
    assert row.stripe_total == row.orders_total == 2 * 149900 + 249900
    order = Order.objects.get(session_id=lost)
    assert order.events.get().text == "₹2,499.00 paid; noticed by reconciler."
    assert not Attention.objects.exists()


def test_checking_changes_nothing_and_says_what_is_missing(
    synced: Sandbox, member: Client, lamp: ProductPage, capsys: pytest.CaptureFixture[str]
) -> None:
    lost = buy(synced, member, lamp)
    with pytest.raises(CommandError, match="1 difference"):
        call_command("reconcile_orders", check=True)
    assert f"{lost}: ₹1,499.00 paid at Stripe, and no order." in capsys.readouterr().out
    assert not Order.objects.exists() and not Attention.objects.exists()
    assert not Reconciliation.objects.get().agrees
    call_command("reconcile_orders")
    assert only_order().session_id == lost
    call_command("reconcile_orders", check=True)
    assert "No difference, as of " in capsys.readouterr().out


def test_another_sum_at_stripe_is_told_until_a_person_has_dealt_with_it(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    session_id = buy(synced, member, lamp)
    deliver(synced)
    alter(synced, "checkout.session", session_id, amount_total=140000)
    row = reconcile()
    assert row.difference_count == 1 and not row.agrees
    assert row.differences[0]["what"] == "Total: ₹1,400.00 at Stripe, ₹1,499.00 in our books."
    assert Attention.objects.get().cause == f"differs-from-stripe:{session_id}"
    assert only_order().total == 149900
    alter(synced, "checkout.session", session_id, amount_total=149900)
    assert reconcile().agrees
    assert Attention.objects.get().resolved_at
