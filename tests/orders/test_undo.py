"""Shipments that can be undone, and those whose items would then be lost or counted twice."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from orders.errors import ActionNotAllowed
from orders.models import Order, Shipment
from orders.shipping.returns import receive
from orders.shipping.ship import undo
from products.models import ProductPage, StockMovement
from stripe_sandbox import Sandbox
from tests.orders.action_forms import act
from tests.orders.refunding import again, refund, sell, timeline
from tests.orders.stocking import call_off, line_of, on_hand, put_in_stock, replace, send_out
from tests.staff import make_staff


@pytest.fixture
def order(synced: Sandbox, member: Client, lamp: ProductPage) -> Order:
    """Two of fourteen lamps."""
    put_in_stock(lamp, 14)
    return sell(synced, member, (lamp, 2))


def state(order: Order) -> tuple[Any, ...]:
    """Everything that an undo could change."""
    return (
        again(order).status_text,
        line_of(order).to_ship,
        list(Shipment.objects.values_list("pk", "undone_at")),
        StockMovement.objects.count(),
        timeline(order),
    )


def refuse(order: Order, shipment: Shipment, reason: str) -> None:
    """Try to undo a shipment; nothing changes."""
    before = state(order)
    with pytest.raises(ActionNotAllowed, match=reason):
        undo(shipment, by=None)
    assert state(order) == before


def come_back(order: Order, count: int, *, restock: bool = True) -> None:
    """Record a return."""
    receive(order, line_of(order), count, restock=restock, key=uuid4(), by=None)


@pytest.mark.parametrize("restock", [True, False])
def test_a_shipment_whose_items_came_back_is_not_undone(
    order: Order, lamp: ProductPage, restock: bool
) -> None:
    shipment = send_out(order, 2)
    come_back(order, 2, restock=restock)
    refuse(order, shipment, "2 × Brass lamp of this shipment have been returned")
    assert on_hand(lamp) == (14 if restock else 12)


def test_items_of_another_shipment_that_came_back_do_not_stop_an_undo(
    order: Order, lamp: ProductPage
) -> None:
    first, second = send_out(order, 1), send_out(order, 1)
    come_back(order, 1)
    undo(first, by=None)
    refuse(order, second, "1 × Brass lamp of this shipment has been returned")
    assert (line_of(order).to_ship, on_hand(lamp)) == (1, 13)


def test_a_replacement_that_came_back_is_not_put_back_twice(
    order: Order, lamp: ProductPage
) -> None:
    sale = send_out(order, 2)
    replacement = replace(order, 1)
    come_back(order, 3)
    assert on_hand(lamp) == 14
    refuse(order, replacement, "1 × Brass lamp of this shipment has been returned")
    refuse(order, sale, "2 × Brass lamp of this shipment have been returned")
    assert on_hand(lamp) == 14


def test_shipped_items_that_a_refund_put_back_count_as_returned(
    order: Order, lamp: ProductPage
) -> None:
    shipment = send_out(order, 2)
    refund(order, {"Brass lamp": 2}, restock=True)
    refuse(order, shipment, "2 × Brass lamp of this shipment have been returned")
    come_back(order, 2)
    refuse(order, shipment, "2 × Brass lamp of this shipment have been returned")
    assert on_hand(lamp) == 14


def test_items_that_were_refunded_instead_of_shipped_do_not_stop_an_undo(
    order: Order, lamp: ProductPage
) -> None:
    shipment = send_out(order, 1)
    refund(order, {"Brass lamp": 1}, restock=True)
    undo(shipment, by=None)
    assert (line_of(order).to_ship, on_hand(lamp)) == (1, 13)


def test_a_shipment_of_a_cancelled_order_is_not_undone(order: Order, lamp: ProductPage) -> None:
    shipment = send_out(order, 1)
    call_off(order)
    refuse(order, shipment, "record a return instead")
    come_back(order, 1)
    assert on_hand(lamp) == 14


def test_the_form_says_why_before_it_is_confirmed(
    order: Order, client_of: Any, synced: Sandbox
) -> None:
    desk = client_of(make_staff(role="Order desk"))
    shipment = send_out(order, 2)
    come_back(order, 2)
    before = state(order)
    answer = act(desk, order, "undo", f"?shipment={shipment.pk}")
    assert answer.status_code == 422 and "have been returned" in answer.text
    assert state(order) == before
