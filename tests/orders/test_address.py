"""Staff change where an order goes, until it has gone there."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from orders.errors import ActionNotAllowed
from orders.models import Order, OrderAddress
from orders.shipping.address import change_address
from products.models import ProductPage
from stripe_sandbox import Sandbox
from tests.orders.refunding import again, sell
from tests.orders.stocking import send_out
from tests.staff import make_staff
from users.models import User

NEW = {
    "name": "Asha Rao", "line1": "5 Hill Road", "line2": "", "postal_code": "400050",
    "city": "Mumbai", "state": "MH", "country": "IN",
}  # fmt: skip


@pytest.fixture
def order(synced: Sandbox, member: Client, lamp: ProductPage) -> Order:
    return sell(synced, member, (lamp, 2), shipping=50_00)


@pytest.fixture
def desk(client_of: Callable[[User], Client], order: Order) -> Client:
    return client_of(make_staff(role="Order desk"))


def seen(order: Order) -> int | None:
    newest = again(order).address
    return newest.pk if newest else None


def test_the_new_address_applies_and_the_old_one_stays(desk: Client, order: Order) -> None:
    before = order.address
    assert before
    address = f"/admin/orders/{order.pk}/address/"
    assert before.line1 in desk.get(address).text
    form: dict[str, Any] = {**NEW, "seen": before.pk}
    assert "5 Hill Road" in desk.post(address, form).text
    desk.post(address, {**form, "confirmed": "yes"})
    desk.post(address, {**form, "confirmed": "yes"})  # a second click
    changed = again(order).address
    assert changed and changed.line1 == "5 Hill Road" and changed.source == "staff"
    assert changed.by and changed.by.email == "staff@example.com"
    assert OrderAddress.objects.filter(order=order).count() == 2
    texts = list(order.events.values_list("text", flat=True))
    assert texts.count("Delivery address changed.") == 1
    assert "Hill Road" not in " ".join(texts)  # the timeline contains no personal data
    assert "5 Hill Road" in desk.get(order.admin_url).text


def test_two_members_of_staff_do_not_overwrite_each_other(order: Order) -> None:
    shown = seen(order)
    assert change_address(order, NEW, seen=shown, by=None)
    with pytest.raises(ActionNotAllowed, match="in the meantime"):
        change_address(order, {**NEW, "line1": "9 Other Street"}, seen=shown, by=None)
    assert OrderAddress.objects.filter(order=order).count() == 2


def test_a_shipped_order_keeps_its_address(order: Order, desk: Client) -> None:
    send_out(order, 1)
    assert change_address(order, NEW, seen=seen(order), by=None)  # a piece is left
    send_out(order, 1)
    with pytest.raises(ActionNotAllowed, match="left to ship"):
        change_address(order, {**NEW, "city": "Pune"}, seen=seen(order), by=None)
    assert OrderAddress.objects.filter(order=order).count() == 2
    assert "/address/" not in desk.get(order.admin_url).text


@pytest.mark.parametrize(
    "change",
    [{"name": ""}, {"name": "\u200b"}, {"line1": " "}, {"country": "XX"}, {"city": "x" * 256},
     {"seen": "x"}, {"name": "a\x00b"}],
)  # fmt: skip
def test_what_cannot_be_an_address_is_refused(
    desk: Client, order: Order, change: dict[str, str]
) -> None:
    form = {**NEW, "seen": str(seen(order)), "confirmed": "yes", **change}
    assert desk.post(f"/admin/orders/{order.pk}/address/", form).status_code == 422
    assert OrderAddress.objects.filter(order=order).count() == 1
