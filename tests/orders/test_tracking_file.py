"""Shipping from a file of tracking numbers."""

from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from orders.errors import ActionNotAllowed
from orders.models import Order, Shipment
from orders.policy import TRACKING_FILE_BYTES
from orders.shipping.tracking_file import read
from products.models import ProductPage
from stripe_sandbox import Sandbox
from tests.orders.refunding import sell
from tests.orders.stocking import call_off, send_out
from tests.permissions.forms import fields_of
from tests.staff import make_staff
from users.models import User

PAGE = "/admin/ship-by-file/"


@pytest.fixture
def desk(db: None, client_of: Callable[[User], Client]) -> Client:
    return client_of(make_staff(role="Order desk"))


@pytest.fixture
def orders(synced: Sandbox, member: Client, lamp: ProductPage) -> list[Order]:
    return [sell(synced, member, (lamp, 1)) for _ in range(4)]


def upload(browser: Client, text: str | bytes) -> Any:
    content = text.encode() if isinstance(text, str) else text
    return browser.post(PAGE, {"key": KEY, "file": SimpleUploadedFile("t.csv", content)})


KEY = "7d3f1c1e-4f0b-4ad6-9a51-0c5b6e1d2f33"


def confirm(browser: Client, preview: Any) -> Any:
    page = BeautifulSoup(preview.content, "html.parser")
    form = next(f for f in map(fields_of, page.select('form[method="post" i]')) if "content" in f)
    return browser.post(PAGE, form | {"confirmed": "yes"}, follow=True)


def test_rows_are_shown_first_and_bad_ones_do_not_stop_others(
    desk: Client, orders: list[Order]
) -> None:
    good, shipped, cancelled, other = orders
    send_out(shipped, 1)
    call_off(cancelled)
    text = (
        "Order;Tracking;Carrier\n"
        f"{good.number.lower()};JD001;DHL\n{shipped.number};JD002;DHL\n{cancelled.number};JD003\n"
        f"NOSUCH00;JD004\n{good.number};JD005\n{other.number};\n"
    )
    preview = upload(desk, text)
    assert Shipment.objects.count() == 1 and "Ship 1 order" in preview.text
    for problem in ("no order with this number", "already in the file", "no tracking number"):
        assert problem in preview.text
    assert preview.text.count("None of this order can be shipped") == 2
    answer = confirm(desk, preview)
    assert "1 order shipped" in answer.text and "NOSUCH00" in answer.text
    shipment = Shipment.objects.get(order=good)
    assert (shipment.tracking_number, shipment.carrier) == ("JD001", "DHL")
    assert Shipment.objects.count() == 2
    second = confirm(desk, preview)  # a second click
    assert "1 order shipped" in second.text and f"{good.number} (None" not in second.text
    assert Shipment.objects.count() == 2


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_spreadsheets_write_csv_in_several_ways(
    orders: list[Order], separator: str, encoding: str, ending: str
) -> None:
    lines = [
        separator.join((order.number, f"JD{n}", "Österreichische Post"))
        for n, order in enumerate(orders)
    ]
    rows = read((ending + ending.join(lines)).encode(encoding))  # the first line is blank
    assert [(row.tracking_number, row.problem) for row in rows] == [
        (f"JD{n}", "") for n in range(4)
    ]
    assert rows[0].carrier == "Österreichische Post"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no rows"), (b"\n\n", "no rows"), (b"Order,Tracking\n", "no rows"),
        ("Ö,1".encode("latin-1"), "UTF-8"), (b"a\0b,1", "not a CSV"),
        (b"x" * (TRACKING_FILE_BYTES + 1), "too large"), (b"A,1\n" * 1001, "more than 1000"),
        (b"PK\x03\x04\xff\xfe", "UTF-8"), (b'ABCDEFGH,"JD1\n', "Line 1 cannot be read"),
    ],
)  # fmt: skip
def test_another_file_is_refused_with_the_reason(desk: Client, content: bytes, reason: str) -> None:
    with pytest.raises(ActionNotAllowed, match=reason):
        read(content)
    answer = upload(desk, content)
    assert answer.status_code == 422 and not Shipment.objects.exists()


def test_a_formula_and_markup_in_a_file_are_text(desk: Client, orders: list[Order]) -> None:
    preview = upload(desk, f'{orders[0].number},<script>alert(1)</script>,"=1+1"\n')
    assert "<script>alert" not in preview.text and "&lt;script&gt;" in preview.text
    confirm(desk, preview)
    assert Shipment.objects.get().tracking_number == "<script>alert(1)</script>"


@pytest.mark.parametrize("role", ["Editors", "Finance"])
def test_only_those_who_ship_may_upload(
    client_of: Callable[[User], Client], orders: list[Order], role: str
) -> None:
    browser = client_of(make_staff(role=role))
    assert browser.get(PAGE).status_code in (302, 403)
    assert upload(browser, f"{orders[0].number},JD1\n").status_code in (302, 403)
    assert not Shipment.objects.exists()
    assert PAGE not in browser.get("/admin/").text


def test_what_was_shown_can_be_shown_again_without_the_file(
    desk: Client, orders: list[Order]
) -> None:
    page = BeautifulSoup(upload(desk, f"{orders[0].number},JD1\n").content, "html.parser")
    form = next(f for f in map(fields_of, page.select('form[method="post" i]')) if "content" in f)
    again = desk.post(PAGE, form)
    assert again.status_code == 200 and "Ship 1 order" in again.text
    assert not Shipment.objects.exists()


@pytest.mark.parametrize("content", ["\xe9", "%%%", "QQ"])
def test_content_that_was_tampered_with_is_refused(desk: Client, content: str) -> None:
    for fields in ({}, {"confirmed": "yes"}):
        assert desk.post(PAGE, {"key": KEY, "content": content, **fields}).status_code == 422


@pytest.mark.parametrize("form", [{}, {"key": "x"}, {"key": KEY, "content": "%%%"}, {"key": KEY}])
def test_an_incomplete_form_is_refused(desk: Client, form: dict[str, str]) -> None:
    assert desk.post(PAGE, {**form, "confirmed": "yes"}).status_code == 422


def test_a_text_that_is_too_long_ships_nothing(desk: Client, orders: list[Order]) -> None:
    first, second, third, fourth = (order.number for order in orders)
    text = f"{first},{'1' * 101}\n{second},JD2,{'x' * 61}\n{third},{'1' * 100},{'x' * 60}\n"
    preview = upload(desk, text)
    assert "The tracking number is longer than 100 characters." in preview.text
    assert "The carrier is longer than 60 characters." in preview.text
    confirm(desk, preview)
    shipment = Shipment.objects.get()
    assert shipment.order == orders[2] and fourth not in preview.text
    assert (shipment.tracking_number, shipment.carrier) == ("1" * 100, "x" * 60)


@pytest.mark.parametrize("first", ["ZZZZZZZZ;ABCDEF", "ZZZZZZZ1;ABCDEF", "ZZZ;JD1"])
def test_a_first_row_with_an_unknown_number_is_listed(db: None, first: str) -> None:
    (row,) = read(first.encode())
    assert row.problem == "There is no order with this number."
