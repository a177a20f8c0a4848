"""Actions on several orders: shipping and printing."""

from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from mail.models import Message
from orders.models import Order, Shipment
from products.models import ProductPage
from stripe_sandbox import Sandbox
from tests.conftest import deliver, publish
from tests.orders.refunding import sell
from tests.orders.selling import open_page
from tests.orders.stocking import call_off, put_in_stock
from tests.orders.test_admin import make_order
from tests.permissions.forms import fields_of
from tests.staff import make_staff
from users.models import User

BULK = "/admin/bulk/orders/order"


@pytest.fixture
def desk(db: None, client_of: Callable[[User], Client]) -> Client:
    return client_of(make_staff(role="Order desk"))


def query(*orders: Order) -> str:
    return "?" + "&".join(f"id={order.pk}" for order in orders) + "&next=/admin/orders/"


def confirm(browser: Client, address: str, **fields: Any) -> Any:
    """Open the page that asks, and press its button."""
    page = BeautifulSoup(browser.get(address).text, "html.parser")
    forms = [fields_of(form) for form in page.select('form[method="post" i]')]
    form = next(form for form in forms if "seen" in form)
    return browser.post(address, form | fields, follow=True)


def test_twelve_orders_are_shipped_and_the_one_that_cannot_is_named(
    synced: Sandbox, member: Client, lamp: ProductPage, desk: Client
) -> None:
    """Pitfall 28: one bad row stopped a batch halfway without any message."""
    orders = [sell(synced, member, (lamp, 1)) for _ in range(4)]
    cancelled = sell(synced, member, (lamp, 1))
    call_off(cancelled)
    Order.objects.filter(pk=orders[0].pk).update(email="not an address")
    address = f"{BULK}/ship/{query(*orders, cancelled)}"
    page = desk.get(address).text
    assert "These 4 orders will be shipped" in page and cancelled.number in page
    answer = confirm(desk, address, carrier="DHL")
    assert "4 orders shipped" in answer.text
    assert set(Shipment.objects.values_list("order", flat=True)) == {o.pk for o in orders}
    assert {s.carrier for s in Shipment.objects.all()} == {"DHL"}
    assert Message.objects.filter(kind="order-shipped").count() == 3  # one has no address
    assert "Nothing from these orders can be shipped now" in desk.get(address).text
    assert Shipment.objects.count() == 4


def test_an_order_put_on_hold_since_the_list_was_shown_is_not_shipped_with_the_others(
    synced: Sandbox, member: Client, lamp: ProductPage, desk: Client
) -> None:
    first, second = (sell(synced, member, (lamp, 1)) for _ in range(2))
    address = f"{BULK}/ship/{query(first, second)}"
    page = BeautifulSoup(desk.get(address).text, "html.parser")
    form = next(f for f in map(fields_of, page.select('form[method="post" i]')) if "seen" in f)
    Order.objects.filter(pk=second.pk).update(hold_reason="Wait", fulfilment_status="on_hold")
    answer = desk.post(address, form)
    assert "The list has changed since you opened it" in answer.text
    assert not Shipment.objects.exists()
    confirm(desk, address)
    assert [s.order_id for s in Shipment.objects.all()] == [first.pk]


def test_pressing_twice_ships_once(
    synced: Sandbox, member: Client, lamp: ProductPage, desk: Client
) -> None:
    order = sell(synced, member, (lamp, 1))
    address = f"{BULK}/ship/{query(order)}"
    page = BeautifulSoup(desk.get(address).text, "html.parser")
    form = next(f for f in map(fields_of, page.select('form[method="post" i]')) if "seen" in f)
    desk.post(address, form)
    desk.post(address, form)
    assert Shipment.objects.count() == 1


def test_only_what_was_in_stock_is_shipped(
    synced: Sandbox, member: Client, lamp: ProductPage, desk: Client
) -> None:
    put_in_stock(lamp, 3)
    session_id = open_page(member, lamp, 3)
    put_in_stock(lamp, 1)
    synced.pay(session_id)
    deliver(synced)
    order = Order.objects.get()
    confirm(desk, f"{BULK}/ship/{query(order)}")
    assert order.lines.get().shipped == 1


def test_select_all_means_the_filtered_list(
    synced: Sandbox, member: Client, lamp: ProductPage, quilt: ProductPage, desk: Client
) -> None:
    """Pitfall 27: "Select all in listing" ignored the filter."""
    lamps = [sell(synced, member, (lamp, 1)) for _ in range(3)]
    sell(synced, member, (quilt, 1))
    address = f"{BULK}/ship/?id=all&product={lamp.product_key}&next=/admin/orders/"
    assert "These 3 orders will be shipped" in desk.get(address).text
    confirm(desk, address)
    assert set(Shipment.objects.values_list("order", flat=True)) == {o.pk for o in lamps}


def test_select_all_means_the_search_too(desk: Client) -> None:
    made = [make_order(f"N{number:07}", line="Lamp") for number in range(3)]
    make_order("OTHER000", line="Quilt")
    page = desk.get(f"{BULK}/slips/?id=all&q=lamp").text
    assert all(order.number in page for order in made) and "OTHER000" not in page


@pytest.mark.parametrize("filters", ["product=none", "placed_at_from=x", "task=none", "q=%00a"])
def test_select_all_with_a_filter_that_means_nothing_selects_nothing(
    synced: Sandbox, member: Client, lamp: ProductPage, desk: Client, filters: str
) -> None:
    order = sell(synced, member, (lamp, 1))
    assert order.number not in desk.get(f"{BULK}/slips/?id=all&{filters}").text
    assert order.number not in desk.get(f"{BULK}/ship/?id=all&{filters}").text


@pytest.mark.parametrize("ids", ["id=x", "id=-1", "id=99999999999999999999", "id=", "", "id=5"])
def test_ids_of_no_order_get_an_empty_page(desk: Client, ids: str) -> None:
    assert desk.get(f"{BULK}/ship/?{ids}").status_code == 200
    assert "No order was chosen" in desk.get(f"{BULK}/slips/?{ids}").text


@pytest.mark.parametrize("action", ["ship", "slips", "receipts", "pick-list"])
@pytest.mark.parametrize(
    ("role", "may"),
    [("Editors", ()), ("Finance", ("slips", "receipts", "pick-list")), ("Order desk", "*")],
)
def test_each_action_needs_its_permission(
    client_of: Callable[[User], Client], db: None, role: str, may: Any, action: str
) -> None:
    order = make_order("AAAA1111")
    browser = client_of(make_staff(role=role))
    allowed = may == "*" or action in may
    for response in (browser.get(f"{BULK}/{action}/{query(order)}"),):
        assert (response.status_code == 200) is allowed
    if not allowed:
        browser.post(f"{BULK}/{action}/{query(order)}", {"carrier": "x"})
        assert not Shipment.objects.exists()


def test_slips_show_what_is_to_be_shipped_and_any_name(
    synced: Sandbox, member: Client, lamp: ProductPage, desk: Client
) -> None:
    """Pitfall 32: names were printed as boxes, and markup was read."""
    order = sell(synced, member, (lamp, 2))
    hostile = '<img src="file:///etc/passwd">'
    order.addresses.create(
        source="staff", name=f"Nguyễn 山田 محمد {hostile}", line1="1 Main Street"
    )
    page = desk.get(f"{BULK}/slips/{query(order)}").text
    assert "Nguyễn 山田 محمد" in page and "&lt;img src=" in page and hostile not in page
    assert "1 Main Street" in page and order.number in page and "₹" not in page


def test_a_receipt_shows_amounts_and_is_no_invoice(
    synced: Sandbox, member: Client, lamp: ProductPage, desk: Client
) -> None:
    order = sell(synced, member, (lamp, 2), shipping=50_00)
    page = desk.get(f"{BULK}/receipts/{query(order)}").text
    assert "₹3,048.00" in page and "₹50.00" in page and "This is not an invoice" in page


def test_the_pick_list_adds_up_over_all_orders(
    synced: Sandbox, member: Client, lamp: ProductPage, quilt: ProductPage, desk: Client
) -> None:
    first = sell(synced, member, (lamp, 2), (quilt, 1))
    second = sell(synced, member, (lamp, 3))
    call_off(sell(synced, member, (quilt, 5)))
    rows = BeautifulSoup(desk.get(f"{BULK}/pick-list/?id=all").text, "html.parser").select(
        "tbody tr"
    )
    found = [[cell.get_text(strip=True) for cell in row.select("td")] for row in rows]
    assert [row[:2] for row in found] == [["5", "Brass lamp"], ["1", "Quilt"]]
    assert first.number in found[0][2] and second.number in found[0][2]


def test_the_page_of_an_order_links_to_its_documents(
    synced: Sandbox, member: Client, lamp: ProductPage, desk: Client
) -> None:
    order = sell(synced, member, (publish(lamp), 1))
    page = desk.get(order.admin_url).text
    assert f"{BULK}/slips/?id={order.pk}" in page and f"{BULK}/receipts/?id={order.pk}" in page
