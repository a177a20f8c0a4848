"""Refunds that put items back into stock, and then fail or are shipped anyway."""

from itertools import permutations
from typing import Any

import pytest
from django.test import Client

from alerts.models import Alert
from orders.errors import ActionNotAllowed
from orders.models import Order, Refund
from products.models import ProductPage, StockMovement
from stripe_sandbox import Sandbox
from tests.conftest import deliver
from tests.conftest import send as post_event
from tests.orders.action_forms import act
from tests.orders.refunding import FAILS_LATER, again, refund, sell, timeline
from tests.orders.selling import open_page
from tests.orders.stocking import call_off, line_of, on_hand, put_in_stock, send_out
from tests.staff import make_staff


@pytest.fixture
def order(synced: Sandbox, member: Client, lamp: ProductPage) -> Order:
    """Two of eleven lamps."""
    put_in_stock(lamp, 11)
    return sell(synced, member, (lamp, 2), card=FAILS_LATER)


def fail(sandbox: Sandbox, made: Refund) -> None:
    """Let the bank return the money, and tell the shop."""
    assert made.stripe_id
    sandbox.refund_fails(made.stripe_id)
    deliver(sandbox, "refund.failed")


def test_items_leave_the_stock_again_when_their_refund_fails(
    synced: Sandbox, order: Order, lamp: ProductPage
) -> None:
    for _ in range(2):
        made = refund(order, {"Brass lamp": 2}, restock=True)
        assert on_hand(lamp) == 11
        fail(synced, made)
        assert (line_of(order).to_ship, on_hand(lamp)) == (2, 9)
        assert "in stock" not in Alert.objects.open().order_by("-pk")[0].message
    send_out(order, 2)
    assert on_hand(lamp) == 9


def test_events_in_any_order_take_the_items_once(
    synced: Sandbox, order: Order, lamp: ProductPage
) -> None:
    made = refund(order, {"Brass lamp": 2}, restock=True)
    fail(synced, made)
    newest = [synced.events(f"refund.{name}")[-1] for name in ("created", "updated", "failed")]
    for events in permutations(newest):
        for event in events:
            assert post_event(*synced.webhook_request(event["id"])).status_code == 200
    assert on_hand(lamp) == 9
    assert StockMovement.objects.filter(source__contains="refund-failed").get().delta == -2


def test_items_that_are_gone_or_in_a_checkout_are_in_the_alert(
    synced: Sandbox, order: Order, member: Client, lamp: ProductPage
) -> None:
    put_in_stock(lamp, 0)
    made = refund(order, {"Brass lamp": 2}, restock=True)
    assert open_page(member, lamp, 1)
    fail(synced, made)
    missing = "To be shipped again, but no longer in stock: 1 × Brass lamp."
    assert on_hand(lamp) == 1 and missing in Alert.objects.open().get().message
    assert missing in timeline(order)


def test_shipped_items_that_came_back_stay_in_stock(
    synced: Sandbox, order: Order, lamp: ProductPage
) -> None:
    send_out(order, 1)
    made = refund(order, {"Brass lamp": 2}, restock=True)
    fail(synced, made)
    assert (line_of(order).to_ship, on_hand(lamp)) == (1, 10)


def test_items_of_a_cancelled_order_stay_in_stock(
    synced: Sandbox, order: Order, lamp: ProductPage
) -> None:
    made = refund(order, {"Brass lamp": 1}, restock=True)
    call_off(again(order))
    fail(synced, made)
    assert on_hand(lamp) == 11


def test_items_are_not_shipped_and_sold_again(
    synced: Sandbox, order: Order, lamp: ProductPage, client_of: Any
) -> None:
    with pytest.raises(ActionNotAllowed, match="Tick only one of the two"):
        refund(order, {"Brass lamp": 1}, restock=True, ship_anyway=True)
    finance = client_of(make_staff(role="Finance"))
    entered = {f"quantity_{line_of(order).pk}": "1", "restock": "on", "ship_anyway": "on"}
    answer = act(finance, order, "refund", **entered, reason="requested_by_customer")
    assert answer.status_code == 422 and "Tick only one of the two." in answer.text
    assert not Refund.objects.exists() and on_hand(lamp) == 9
