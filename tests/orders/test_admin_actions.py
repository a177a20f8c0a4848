"""Ship, replace, hold, receive back, cancel and note, from an order's page in the admin."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from wagtail.models import ModelLogEntry

from mail.models import Message
from orders.models import Order, OrderNote, Refund, ReturnedGoods, Shipment
from products.models import ProductPage
from stripe_sandbox import Sandbox
from tests.conftest import calls, deliver
from tests.orders.action_forms import act, fields
from tests.orders.refunding import again, at_stripe, refund, sell
from tests.orders.selling import open_page
from tests.orders.stocking import line_of, on_hand, put_in_stock, send_out
from tests.staff import make_staff
from users.models import User

ClientOf = Callable[[User], Client]
ACTIONS = ("ship", "refund", "note", "write", "hold", "release", "replace", "receive", "cancel")


@pytest.fixture
def order(synced: Sandbox, member: Client, lamp: ProductPage) -> Order:
    """Three of ten lamps."""
    put_in_stock(lamp, 10)
    return sell(synced, member, (lamp, 3))


@pytest.fixture
def desk(client_of: ClientOf, db: None) -> Client:
    """A browser of somebody at the order desk."""
    return client_of(make_staff(role="Order desk"))


@pytest.fixture
def owner(client_of: ClientOf, db: None) -> Client:
    """An owner's browser."""
    return client_of(make_staff(role="Owners", email="owner@example.com"))


def quantity(order: Order) -> str:
    """The field for the quantity of the lamp."""
    return f"quantity_{line_of(order).pk}"


def logged(action: str) -> int:
    """How many audit entries there are for an action."""
    return ModelLogEntry.objects.filter(action=f"orders.{action}").count()


def test_the_desk_ships_what_is_suggested(desk: Client, order: Order) -> None:
    shown = act(desk, order, "ship", carrier="DHL", tracking_number="JD1").content.decode()
    assert "Shipped: 3 × Brass lamp." in shown and "JD1" in shown
    assert again(order).fulfilment_status == "shipped" and logged("ship") == 1
    assert f"/admin/orders/{order.pk}/ship/" not in shown  # nothing is left to ship
    assert Message.objects.filter(kind="order-shipped").count() == 1


def test_nothing_is_shipped_before_it_is_confirmed(desk: Client, order: Order) -> None:
    url = f"/admin/orders/{order.pk}/ship/"
    summary = desk.post(url, fields(desk.get(url)))
    assert "3 × Brass lamp" in summary.content.decode()
    assert not Shipment.objects.exists() and logged("ship") == 0


def test_a_second_click_ships_nothing_more(desk: Client, order: Order) -> None:
    url = f"/admin/orders/{order.pk}/ship/"
    summary = desk.post(url, {**fields(desk.get(url)), quantity(order): "1"})
    for _ in range(2):
        desk.post(url, fields(summary))
    assert Shipment.objects.count() == 1 and logged("ship") == 1


def test_a_stale_page_ships_nothing(desk: Client, order: Order) -> None:
    url = f"/admin/orders/{order.pk}/ship/"
    summary = desk.post(url, fields(desk.get(url)))
    send_out(order, 2)
    answer = desk.post(url, fields(summary))
    assert answer.status_code == 422 and Shipment.objects.count() == 1


def test_impossible_tracking_data_is_refused(desk: Client, order: Order) -> None:
    for entered in (
        {"tracking_url": "javascript:alert(1)"},
        {"tracking_url": "ftp://example.com/x"},
        {"tracking_number": "x" * 101},
        {"carrier": "x\x00y"},
    ):
        assert act(desk, order, "ship", **entered).status_code == 422, entered
    assert not Shipment.objects.exists()


def test_impossible_quantities_are_refused(desk: Client, order: Order) -> None:
    for count in ("4", "-1", "1.5", "", "0", "9" * 30):
        assert act(desk, order, "ship", **{quantity(order): count}).status_code == 422, count
    assert not Shipment.objects.exists() and logged("ship") == 0


def test_tracking_is_corrected_and_a_shipment_undone(desk: Client, order: Order) -> None:
    shipment = send_out(order, 3)
    query = f"?shipment={shipment.pk}"
    act(desk, order, "tracking", query, tracking_number="RIGHT")
    shipment.refresh_from_db()
    assert shipment.tracking_number == "RIGHT" and logged("correct_tracking") == 1
    act(desk, order, "undo", query)
    assert again(order).fulfilment_status == "unfulfilled" and logged("undo_shipment") == 1


@pytest.mark.parametrize("action", ["tracking", "undo"])
def test_a_shipment_of_another_order_is_not_found(
    synced: Sandbox, member: Client, desk: Client, order: Order, lamp: ProductPage, action: str
) -> None:
    other = send_out(sell(synced, member, (lamp, 1)), 1)
    url = f"/admin/orders/{order.pk}/{action}/"
    for query in (f"?shipment={other.pk}", f"?shipment={uuid4()}", "?shipment=x", ""):
        assert desk.get(url + query).status_code == 404
    assert desk.post(url, {"shipment": str(other.pk), "confirmed": "yes"}).status_code == 404
    other.refresh_from_db()
    assert other.undone_at is None


def test_a_replacement_and_goods_that_come_back(
    desk: Client, order: Order, lamp: ProductPage
) -> None:
    send_out(order, 3)
    act(desk, order, "replace", **{quantity(order): "1", "reason": "Broken glass"})
    assert on_hand(lamp) == 6 and logged("replace") == 1
    assert "Broken glass" in desk.get(order.admin_url).content.decode()
    act(desk, order, "receive", **{quantity(order): "2", "restock": "on"})
    assert on_hand(lamp) == 8 and ReturnedGoods.objects.get().restocked and logged("receive") == 1


def test_a_replacement_is_offered_only_for_what_may_be_shipped(
    desk: Client, order: Order, lamp: ProductPage
) -> None:
    url = f"/admin/orders/{order.pk}/replace/"
    sent = {"key": str(uuid4()), "reason": "Broken", "confirmed": "yes", quantity(order): "1"}
    assert "Nothing of this order has been shipped" in desk.post(url, sent).text
    send_out(order, 1)
    assert url in desk.get(order.admin_url).text
    act(desk, order, "hold", reason="Wait")
    refused = desk.post(url, sent)
    assert refused.status_code == 422 and "on hold: Wait" in refused.text
    assert url not in desk.get(order.admin_url).text
    assert Shipment.objects.count() == 1 and on_hand(lamp) == 7 and logged("replace") == 0


def test_an_order_is_held_and_released(desk: Client, order: Order) -> None:
    shown = act(desk, order, "hold", reason="Wait for <the bank>").content.decode()
    assert "Wait for &lt;the bank&gt;" in shown and "On hold" in shown
    assert f"/admin/orders/{order.pk}/ship/" not in shown
    url = f"/admin/orders/{order.pk}/ship/"
    answer = desk.post(url, fields(desk.get(url)))
    assert answer.status_code == 422 and not Shipment.objects.exists()
    act(desk, order, "release")
    assert again(order).is_to_ship and (logged("hold"), logged("release")) == (1, 1)


def test_an_owner_cancels_with_a_refund(
    synced: Sandbox, owner: Client, order: Order, lamp: ProductPage
) -> None:
    act(owner, order, "cancel", refund="on", restock="on")
    assert again(order).fulfilment_status == "cancelled" and on_hand(lamp) == 10
    assert at_stripe(synced) == [(order.total, "succeeded")] and logged("cancel") == 1


def test_an_order_that_is_cancelled_at_once_is_refunded_by_product(
    synced: Sandbox, owner: Client, member: Client, lamp: ProductPage
) -> None:
    synced.pay(open_page(member, lamp, 1))
    deliver(synced)
    new = Order.objects.get()
    assert not hasattr(new, "details")
    assert act(owner, new, "cancel", refund="on").status_code == 200
    assert Refund.objects.get().summary == "1 × Brass lamp"


@pytest.mark.parametrize(
    ("before", "refunded"),
    [
        ({"quantities": {"Brass lamp": 3}, "ship_anyway": True}, 0),
        ({"quantities": {"Brass lamp": 2}, "ship_anyway": True}, 1499_00),
        ({"other": 2000_00}, 2497_00),
        ({"other": 1000_00}, 2998_00),
    ],
)
def test_the_rest_is_cancelled_after_a_refund(
    owner: Client, order: Order, lamp: ProductPage, before: dict[str, Any], refunded: int
) -> None:
    send_out(order, 1)
    earlier = refund(order, **before)
    shown = act(owner, order, "cancel", refund="on", restock="on")
    assert shown.status_code == 200 and again(order).cancelled_at is not None
    assert sum(row.amount for row in Refund.objects.exclude(pk=earlier.pk)) == refunded
    assert on_hand(lamp) == 9


def test_the_desk_cancels_without_a_refund_whatever_it_sends(
    synced: Sandbox, desk: Client, order: Order
) -> None:
    url = f"/admin/orders/{order.pk}/cancel/"
    form = desk.get(url)
    assert "refund" not in fields(form)
    for _ in range(2):
        desk.post(url, {**fields(form), "refund": "on", "confirmed": "yes"})
    assert logged("cancel") == 1
    assert again(order).fulfilment_status == "cancelled"
    assert not Refund.objects.exists() and calls(synced, "POST") == []


def test_a_note_is_added_once_and_only_staff_see_it(
    desk: Client, member: Client, order: Order
) -> None:
    url = f"/admin/orders/{order.pk}/note/"
    sent = {**fields(desk.get(url)), "text": "Call <before> delivery"}
    for _ in range(2):
        desk.post(url, sent)
    assert OrderNote.objects.get().text == "Call <before> delivery" and logged("note") == 1
    assert "Call &lt;before&gt; delivery" in desk.get(order.admin_url).content.decode()
    assert "Call" not in member.get(order.get_absolute_url()).content.decode()
    assert all("Call" not in event.text for event in order.events.all())


def test_the_key_of_another_order_s_form_is_refused(
    synced: Sandbox, member: Client, desk: Client, order: Order, lamp: ProductPage
) -> None:
    other, key = sell(synced, member, (lamp, 1)), str(uuid4())
    key_of = {"key": key, "confirmed": "yes"}
    desk.post(f"/admin/orders/{order.pk}/note/", {**key_of, "text": "Gift"})
    desk.post(f"/admin/orders/{order.pk}/ship/", {**key_of, quantity(order): "1"})
    desk.post(f"/admin/orders/{order.pk}/receive/", {**key_of, quantity(order): "1"})
    send_out(other, 1)
    before = list(other.events.values_list("text", flat=True))
    one = {**key_of, quantity(other): "1", "reason": "Broken"}
    for action, sent in (("note", {**key_of, "text": "x"}), ("replace", one), ("receive", one)):
        refused = desk.post(f"/admin/orders/{other.pk}/{action}/", sent)
        assert refused.status_code == 422 and "belongs to another order" in refused.text
    assert not other.notes.exists() and other.shipments.count() == 1
    assert list(other.events.values_list("text", flat=True)) == before
    assert OrderNote.objects.count() == ReturnedGoods.objects.count() == 1


@pytest.mark.parametrize("role", ["Editors", "Price editors", ""])
def test_nobody_else_can_do_anything(
    synced: Sandbox, client_of: ClientOf, order: Order, role: str
) -> None:
    browser = client_of(make_staff(role=role)) if role else Client()
    before = again(order).events.count()
    sent = {"key": str(uuid4()), "confirmed": "yes", "seen": "0", "text": "x", "subject": "x"}
    for action in ACTIONS:
        url = f"/admin/orders/{order.pk}/{action}/"
        assert browser.get(url).status_code in (302, 403), action
        answer = browser.post(url, {**sent, "reason": "x", "everything": "on"})
        assert answer.status_code in (302, 403), action
    assert again(order).events.count() == before and calls(synced) == []


def test_finance_does_not_move_goods(client_of: ClientOf, order: Order) -> None:
    browser = client_of(make_staff(role="Finance"))
    page = browser.get(order.admin_url).content.decode()
    for action in ("ship", "hold", "cancel", "replace", "receive"):
        url = f"/admin/orders/{order.pk}/{action}/"
        assert browser.get(url).status_code in (302, 403) and url not in page, action


def test_an_unknown_order_is_not_found(owner: Client) -> None:
    for action in ACTIONS:
        assert owner.get(f"/admin/orders/999999/{action}/").status_code == 404, action
