"""The list of orders: search, filters, tasks, sorting, and files."""

import csv
import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook  # type: ignore[import-untyped]

from orders.checkout.details import ensure_details
from orders.models import Order
from orders.shipping.ship import Parcel, correct_parcel
from orders.viewsets.order_export import without_formula
from products.models import ProductPage
from stripe_sandbox import Sandbox
from tests.orders.refunding import again, refund, sell
from tests.orders.stocking import call_off, send_out
from tests.orders.test_admin import make_order
from tests.staff import make_staff
from users.models import User

LIST = "/admin/orders/"


@pytest.fixture
def desk(db: None, client_of: Callable[[User], Client]) -> Client:
    return client_of(make_staff(role="Order desk"))


def numbers(browser: Client, **query: str) -> list[str]:
    """The numbers of the orders that the list shows."""
    page = browser.get(LIST, query)
    assert page.status_code == 200
    return [order.number for order in page.context["object_list"]]


def test_an_order_is_found_by_its_parcel_its_phone_and_its_payment(
    synced: Sandbox, member: Client, lamp: ProductPage, desk: Client
) -> None:
    order = sell(synced, member, (lamp, 1), phone="+49 30 1234567")
    other = sell(synced, member, (lamp, 2))
    shipment = send_out(order, 1, parcel=Parcel("DHL", "JD0146000042"))
    for text in ("jd0146000042", "30 1234", order.payment_intent or "", order.number.lower()):
        assert numbers(desk, q=text) == [order.number], text
    correct_parcel(shipment, Parcel("DHL", "XX7731"), by=None)
    assert numbers(desk, q="XX7731") == [order.number]
    assert numbers(desk, q="JD0146000042") == []
    assert set(numbers(desk, q="brass")) == {order.number, other.number}
    assert numbers(desk, q="br") == []  # shorter than three letters


def test_the_search_text_is_filled_by_the_sale_as_a_refresh_would_fill_it(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    order = sell(synced, member, (lamp, 1))
    stored = order.search_text
    order.refresh_search_text()
    assert again(order).search_text == stored
    assert "brass lamp" in stored and order.email in stored


def test_tasks_are_links_to_the_orders_that_need_something(
    synced: Sandbox, member: Client, lamp: ProductPage, desk: Client
) -> None:
    to_ship, shipped, cancelled, refunded = (sell(synced, member, (lamp, 1)) for _ in range(4))
    send_out(shipped, 1)
    call_off(cancelled)
    refund(refunded, {"Brass lamp": 1})
    assert numbers(desk, task="to-ship") == [to_ship.number]
    assert numbers(desk, task="to-refund") == [cancelled.number]
    assert numbers(desk, task="disputed") == []
    assert len(numbers(desk)) == 4
    page = desk.get(LIST).text
    assert 'href="/admin/orders/?task=to-ship"' in page


def test_orders_are_filtered_by_product_country_total_and_mode(
    synced: Sandbox, member: Client, lamp: ProductPage, quilt: ProductPage, desk: Client
) -> None:
    cheap, dear = sell(synced, member, (lamp, 1)), sell(synced, member, (quilt, 1))
    assert numbers(desk, product=str(lamp.product_key)) == [cheap.number]
    assert numbers(desk, total_from="2000") == [dear.number]
    assert numbers(desk, total_to="2000") == [cheap.number]
    address = cheap.address
    assert address
    assert set(numbers(desk, country=address.country)) == {cheap.number, dear.number}
    assert numbers(desk, livemode="True") == []
    assert len(numbers(desk, livemode="False")) == 2


@pytest.mark.parametrize(
    "query",
    [
        {"placed_at_from": "2026-02-31"}, {"placed_at_to": "yesterday"}, {"total_from": "1e999"},
        {"total_to": "-5"}, {"country": "XX"}, {"product": "no-key"}, {"task": "none"},
        {"q": "x" * 10_000}, {"p": "999999"}, {"ordering": "no_column"}, {"livemode": "2"},
    ],
)  # fmt: skip
def test_impossible_filters_get_a_page(desk: Client, db: None, query: dict[str, str]) -> None:
    make_order("AAAA1111")
    assert desk.get(LIST, query).status_code in (200, 404)


@pytest.mark.parametrize("ordering", ["total", "-total", "email", "-placed_at", "number"])
def test_orders_with_equal_values_are_on_one_page_each(
    desk: Client, db: None, ordering: str
) -> None:
    """Pitfall 29: equal sort values put rows on two pages, or on none."""
    made = {make_order(f"N{number:07}").number for number in range(120)}
    Order.objects.update(email="same@example.com")
    seen = [n for page in "123" for n in numbers(desk, ordering=ordering, p=page)]
    assert sorted(seen) == sorted(made)


def cells(browser: Client, **query: str) -> list[dict[str, str]]:
    """The rows of the CSV file."""
    answer: Any = browser.get(LIST, {"export": "csv", **query})
    text = b"".join(answer.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text)))


def test_the_file_has_the_filtered_orders_and_numbers_that_can_be_summed(
    synced: Sandbox, member: Client, lamp: ProductPage, quilt: ProductPage, desk: Client
) -> None:
    first = sell(synced, member, (lamp, 2), shipping=50_00)
    sell(synced, member, (quilt, 1))
    refund(first, {"Brass lamp": 1})
    (row,) = cells(desk, product=str(lamp.product_key))
    assert row["Order"] == first.number and row["Products"] == "2 × Brass lamp"
    amounts = [Decimal(row[name]) for name in ("Subtotal", "Delivery", "Total", "Refunded")]
    assert amounts == [Decimal(n) for n in ("2998", "50", "3048", "1499")]
    assert len(cells(desk)) == 2


def test_the_xlsx_file_has_numbers_and_dates(
    synced: Sandbox, member: Client, lamp: ProductPage, desk: Client
) -> None:
    order = sell(synced, member, (lamp, 1))
    Order.objects.filter(pk=order.pk).update(name="=1+1", phone="+49 30 123")
    answer: Any = desk.get(LIST, {"export": "xlsx"})
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    sheet = load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    heading, values = ([cell.value for cell in line] for line in sheet.iter_rows())
    row = dict(zip(heading, values, strict=True))
    assert row["Total"] == 1499 and row["Placed"].year >= 2026
    assert row["Name"] == "'=1+1" and row["Phone"] == "+49 30 123"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=1+1", "'=1+1"), ("@SUM(A1)", "'@SUM(A1)"),
        ("+1+cmd|' /C calc'!A0", "'+1+cmd|' /C calc'!A0"),
        ("-2+3+cmd", "'-2+3+cmd"), ("\t=1", "'\t=1"), ("+49 30 123", "+49 30 123"),
        ("-5.00", "-5.00"), ("Ann", "Ann"), ("", ""),
    ],
)  # fmt: skip
def test_formulas_are_text_and_phone_numbers_are_unchanged(text: str, shown: str) -> None:
    """Pitfall 31."""
    assert without_formula(text) == shown


@pytest.mark.parametrize("file", ["csv", "xlsx"])
def test_nobody_without_the_permission_gets_the_file(
    client_of: Callable[[User], Client], db: None, file: str
) -> None:
    """Pitfall 33: the button was hidden, but its address was open."""
    make_order("AAAA1111")
    editor = client_of(make_staff(role="Editors", email="editor@example.com"))
    answer = editor.get(LIST, {"export": file})
    assert answer.status_code == 302 and not answer.streaming


def test_a_thousand_orders_cost_as_many_queries_as_a_chunk_of_them(
    desk: Client, db: None, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        make_order(f"N{number:07}")
    with django_assert_max_num_queries(20):
        assert len(cells(desk)) == 30


def test_details_are_not_needed_for_the_file(
    synced: Sandbox, member: Client, lamp: ProductPage, desk: Client
) -> None:
    order = sell(synced, member, (lamp, 1))
    ensure_details(order)
    assert cells(desk)[0]["Payment at Stripe"] == order.payment_intent


def test_the_file_with_a_row_per_product_has_what_stripe_charged_for_each(
    synced: Sandbox, member: Client, lamp: ProductPage, quilt: ProductPage, desk: Client
) -> None:
    order = sell(synced, member, (lamp, 2), (quilt, 1), discount=500_00)
    refund(order, {"Quilt": 1})
    send_out(order, 1)
    first, second = cells(desk, rows="lines")
    assert (first["Product"], first["Quantity"], first["Price"]) == ("Brass lamp", "2", "1499.00")
    assert (first["Shipped"], second["Refunded items"]) == ("1", "1")
    totals = [Decimal(row["Total"]) for row in (first, second)]
    assert sum(totals) == Decimal(order.total) / 100 == Decimal("4997")
    assert cells(desk, rows="lines", q="no such order") == []
    html = desk.get(LIST, {"q": "brass"}).content.decode()
    assert "?q=brass&amp;rows=lines&amp;export=csv" in html


def test_a_row_per_product_takes_as_many_queries(
    desk: Client, db: None, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        make_order(f"N{number:07}")
    with django_assert_max_num_queries(24):
        assert len(cells(desk, rows="lines")) == 30
