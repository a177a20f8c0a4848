"""Reconciliations while Stripe does not answer about single checkouts."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.test import Client

from orders import policy
from orders.models import Checkout
from orders.reconciliation.run import reconcile
from products.models import ProductPage
from stripe_sandbox import Sandbox
from tests.conftest import calls
from tests.orders.selling import (
    SESSIONS,
    buy,
    let_time_pass,
    only_order,
    open_page,
)
from users.models import User


def test_a_checkout_that_stripe_never_answers_about_does_not_block_the_others(
    synced: Sandbox,
    member: Client,
    client_of: Callable[[User], Client],
    lamp: ProductPage,
    monkeypatch: Any,
) -> None:
    monkeypatch.setattr(policy, "RETRY_PAUSES", ())
    silent = open_page(member, lamp)
    lost = buy(
        synced, client_of(User.objects.create_user("other@example.com", "a-long-password")), lamp
    )
    let_time_pass(timedelta(hours=1))
    synced.fail_next(times=None, path=f"{SESSIONS}/{silent}")
    row = reconcile()
    assert row.agrees and row.created_orders == 1
    assert only_order().session_id == lost
    assert Checkout.objects.get(session_id=silent).status == "open"


def test_after_three_timeouts_in_a_row_polling_stops_and_the_result_is_kept(
    synced: Sandbox, lamp: ProductPage, client_of: Callable[[User], Client], monkeypatch: Any
) -> None:
    monkeypatch.setattr(policy, "RETRY_PAUSES", ())
    for number in range(4):
        open_page(
            client_of(User.objects.create_user(f"{number}@example.com", "a-long-password")), lamp
        )
    let_time_pass(timedelta(hours=1))
    synced.requests.clear()
    synced.fail_next(times=None, path=f"{SESSIONS}/")
    assert reconcile().agrees
    assert len(set(calls(synced, "GET", f"{SESSIONS}/"))) == 3
    assert set(Checkout.objects.values_list("status", flat=True)) == {"open"}
