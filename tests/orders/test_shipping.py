"""Shipping: shipments, replacements, holds, returns and cancellations."""

from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from orders.errors import ActionNotAllowed
from orders.models import Order, Refund, ReturnedGoods, Shipment
from orders.policy import SHIPMENT_CAN_BE_UNDONE
from orders.shipping.hold import hold, release
from orders.shipping.returns import receive
from orders.shipping.ship import Parcel, correct_parcel, ship, undo
from products.models import ProductPage
from stripe_sandbox import Sandbox
from tests.conftest import MakeProduct, deliver, publish
from tests.orders.refunding import again, refund, sell, timeline
from tests.orders.selling import open_page, text_of
from tests.orders.stocking import call_off, line_of, on_hand, put_in_stock, replace, send_out


@pytest.fixture
def order(synced: Sandbox, member: Client, lamp: ProductPage, quilt: ProductPage) -> Order:
    """Three lamps, of which there are ten, and a quilt."""
    put_in_stock(lamp, 10)
    return sell(synced, member, (lamp, 3), (quilt, 1))


def test_an_order_is_shipped_in_two_parcels(member: Client, order: Order) -> None:
    parcel = Parcel("DHL", "JD014600", "https://track.example/JD014600")
    send_out(order, 2, parcel=parcel)
    assert again(order).fulfilment_status == "partly_shipped"
    send_out(order, 1)
    assert again(order).fulfilment_status == "partly_shipped"
    send_out(order, 1, "Quilt")
    order = again(order)
    assert order.fulfilment_status == "shipped" and not order.is_to_ship
    assert "Shipped: 2 × Brass lamp." in timeline(order)
    page = member.get(order.get_absolute_url())
    assert "Shipments 2 × Brass lamp" in text_of(page) and "JD014600" in text_of(page)
    assert 'href="https://track.example/JD014600"' in page.content.decode()


def test_half_refunded_and_half_shipped_never_counted_as_shipped(
    synced: Sandbox, member: Client, make_product: MakeProduct
) -> None:
    """Pitfall 26: five of ten refunded and five shipped, in both orders, beside a download."""
    cup = publish(make_product("Cup", "10.00"))
    file = publish(make_product("Pattern", "5.00", needs_shipping=False))
    first = sell(synced, member, (cup, 10), (file, 1))
    refund(first, {"Cup": 5})
    send_out(first, 5, "Cup")
    second = sell(synced, member, (cup, 10), (file, 1))
    send_out(second, 5, "Cup")
    refund(second, {"Cup": 5})
    for order in (again(first), again(second)):
        assert order.fulfilment_status == "shipped" and not order.has_items_to_ship


def test_a_refund_that_fails_makes_its_items_shippable_again(synced: Sandbox, order: Order) -> None:
    made = refund(order, {"Brass lamp": 3, "Quilt": 1})
    assert again(order).fulfilment_status == "nothing_to_ship" and made.stripe_id
    synced.refund_fails(made.stripe_id)
    deliver(synced, "refund.failed")
    assert again(order).fulfilment_status == "unfulfilled"
    assert line_of(order).to_ship == 3


def test_refunded_items_can_be_shipped_anyway(order: Order) -> None:
    refund(order, {"Brass lamp": 1}, ship_anyway=True)
    assert line_of(order).to_ship == 3


@pytest.mark.parametrize("count", [4, -1, 0])
def test_more_items_than_are_left_are_refused(order: Order, count: int) -> None:
    with pytest.raises(ActionNotAllowed):
        send_out(order, count)
    send_out(order, 2)
    with pytest.raises(ActionNotAllowed, match="1 of 3 can still be shipped"):
        send_out(order, 2)
    assert Shipment.objects.count() == 1


def test_a_second_click_ships_once(order: Order) -> None:
    key = uuid4()
    first, second = send_out(order, 1, key=key), send_out(order, 1, key=key)
    assert first == second and line_of(order).shipped == 1


def test_items_of_another_order_are_refused(
    synced: Sandbox, member: Client, order: Order, lamp: ProductPage
) -> None:
    other = sell(synced, member, (lamp, 1))
    with pytest.raises(ActionNotAllowed):
        ship(other, {line_of(order).pk: 1}, Parcel(), key=uuid4(), by=None)
    assert not Shipment.objects.exists()


def test_short_items_are_not_shipped_unless_somebody_has_them(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    put_in_stock(lamp, 3)
    session_id = open_page(member, lamp, 3)
    put_in_stock(lamp, 1)
    synced.pay(session_id)
    deliver(synced)
    order = Order.objects.get()
    with pytest.raises(ActionNotAllowed, match="only 1 was in stock"):
        send_out(order, 2)
    send_out(order, 1)
    with pytest.raises(ActionNotAllowed, match="only 0 were in stock"):
        send_out(order, 1)
    send_out(order, 2, have_now=True)
    assert again(order).fulfilment_status == "shipped" and on_hand(lamp) == 0
    assert line_of(order).short == 2  # never reset


def test_an_order_on_hold_cannot_be_shipped(order: Order) -> None:
    assert hold(order, "Wait for the bank", by=None)
    assert not hold(order, "Wait for the bank", by=None)
    order = again(order)
    assert order.fulfilment_status == "on_hold" and not order.is_to_ship
    with pytest.raises(ActionNotAllowed, match="on hold: Wait for the bank"):
        send_out(order, 1)
    assert release(order, by=None) and not release(order, by=None)
    send_out(order, 1)
    assert again(order).fulfilment_status == "partly_shipped"
    assert all("bank" not in text for text in timeline(order))


def test_a_replacement_takes_stock_and_costs_nothing(order: Order, lamp: ProductPage) -> None:
    send_out(order, 3)
    assert on_hand(lamp) == 7
    replace(order, 1)
    order = again(order)
    assert on_hand(lamp) == 6 and order.refunded == 0
    assert line_of(order).shipped == 3 and line_of(order).to_ship == 0
    assert "Replacement shipped: 1 × Brass lamp." in timeline(order)


def test_a_replacement_without_stock_is_refused_unless_it_is_there(
    order: Order, lamp: ProductPage
) -> None:
    send_out(order, 2)
    put_in_stock(lamp, 1)
    with pytest.raises(ActionNotAllowed, match="not enough items in stock"):
        replace(order, 2)
    assert on_hand(lamp) == 1 and Shipment.objects.count() == 1
    replace(order, 2, have_now=True)
    assert on_hand(lamp) == 0


def test_only_what_was_shipped_is_replaced_and_not_while_the_order_is_on_hold(
    order: Order, lamp: ProductPage
) -> None:
    with pytest.raises(ActionNotAllowed, match="Nothing of this order has been shipped"):
        replace(order, 1)
    send_out(order, 1)
    with pytest.raises(ActionNotAllowed, match="at most 1 can be replaced"):
        replace(order, 2)
    hold(order, "Wait for the bank", by=None)
    with pytest.raises(ActionNotAllowed, match="on hold: Wait for the bank"):
        replace(order, 1)
    assert Shipment.objects.count() == 1 and on_hand(lamp) == 7
    release(again(order), by=None)
    call_off(again(order))  # the rest
    replace(order, 1)
    assert Shipment.objects.count() == 2 and on_hand(lamp) == 8


def test_a_shipment_is_undone_within_the_day(order: Order, lamp: ProductPage) -> None:
    shipment, replacement = send_out(order, 2), replace(order, 1)
    assert on_hand(lamp) == 6
    undo(shipment, by=None)
    undo(shipment, by=None)
    undo(replacement, by=None)
    assert (line_of(order).to_ship, on_hand(lamp)) == (3, 7)
    assert again(order).fulfilment_status == "unfulfilled"
    assert Shipment.objects.count() == 2  # the rows stay
    old = send_out(order, 1)
    Shipment.objects.filter(pk=old.pk).update(shipped_at=timezone.now() - SHIPMENT_CAN_BE_UNDONE)
    with pytest.raises(ActionNotAllowed, match="within a day"):
        undo(old, by=None)
    assert line_of(order).shipped == 1


def test_the_tracking_number_is_corrected(order: Order) -> None:
    shipment = send_out(order, 1, parcel=Parcel("DHL", "WRONG"))
    correct_parcel(shipment, Parcel("DHL", "RIGHT"), by=None)
    correct_parcel(shipment, Parcel("DHL", "RIGHT"), by=None)
    shipment.refresh_from_db()
    assert shipment.tracking_number == "RIGHT"
    assert timeline(order).count("Tracking corrected.") == 1


def test_goods_come_back_and_are_restocked_once(order: Order, lamp: ProductPage) -> None:
    send_out(order, 3)
    line, key = line_of(order), uuid4()
    for _ in range(2):
        receive(order, line, 2, restock=True, key=key, by=None)
    assert on_hand(lamp) == 9 and ReturnedGoods.objects.count() == 1
    refund(order, {"Brass lamp": 3}, restock=True)
    assert on_hand(lamp) == 10  # what had been restocked is not restocked again
    receive(order, line, 1, restock=False, key=uuid4(), by=None)
    with pytest.raises(ActionNotAllowed, match="only 0 can be returned"):
        receive(order, line, 1, restock=True, key=uuid4(), by=None)
    assert on_hand(lamp) == 10


def test_a_cancelled_order_is_refunded_and_restocked(
    synced: Sandbox, order: Order, lamp: ProductPage
) -> None:
    cancelled = call_off(order, refund=True)
    assert cancelled.fulfilment_status == "cancelled" and on_hand(lamp) == 10
    row = Refund.objects.get()
    assert (row.status, row.amount) == ("requested", order.total)  # sent after the transaction
    with pytest.raises(ActionNotAllowed, match="has been cancelled"):
        send_out(order, 1)
    assert call_off(order, refund=True).refunds.count() == 1


def test_items_go_back_into_stock_even_if_the_refund_is_for_no_product(
    order: Order, lamp: ProductPage
) -> None:
    refund(order, other=100)  # so that the items are worth more than what is left
    call_off(again(order), refund=True)
    assert on_hand(lamp) == 10 and again(order).left_to_refund == 0


def test_the_rest_of_a_partly_shipped_order_is_cancelled(order: Order, lamp: ProductPage) -> None:
    send_out(order, 1)
    cancelled = call_off(order, refund=True)
    assert cancelled.fulfilment_status == "shipped"
    assert Refund.objects.get().amount == order.total - 1499_00 and on_hand(lamp) == 9


def test_what_has_been_shipped_cannot_be_cancelled(order: Order) -> None:
    send_out(order, 3)
    send_out(order, 1, "Quilt")
    with pytest.raises(ActionNotAllowed, match="everything has been shipped"):
        call_off(order)
    assert again(order).cancelled_at is None


def test_after_a_chargeback_an_order_can_be_cancelled_without_a_refund(
    synced: Sandbox, order: Order
) -> None:
    synced.dispute(order.session_id)
    deliver(synced, "charge.dispute.created")
    with pytest.raises(ActionNotAllowed, match="charged this payment back"):
        call_off(order, refund=True)
    assert again(order).cancelled_at is None and not Refund.objects.exists()
    assert call_off(order).fulfilment_status == "cancelled"


def test_markup_and_scripts_in_tracking_data_are_text(member: Client, order: Order) -> None:
    send_out(order, 1, parcel=Parcel("<b>DHL</b>", "<img src=x>", "javascript:alert(1)"))
    page = member.get(order.get_absolute_url()).content.decode()
    assert "javascript:" not in page and "<img src=x>" not in page and "<b>DHL" not in page
    assert "&lt;img src=x&gt;" in page
