"""What was sold stays as it was sold, whatever anybody does to pages, users or rows."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.test import Client

from orders.models import Order, OrderEvent, OrderLine
from orders.statuses import FulfilmentStatus
from products.models import Product, ProductPage
from stripe_sandbox import Sandbox
from tests.conftest import deliver, form, publish, session_of
from tests.orders.selling import only_order
from users.models import User


@pytest.fixture
def order(synced: Sandbox, member: Client, lamp: ProductPage, quilt: ProductPage) -> Order:
    """Two lamps and a quilt, paid."""
    synced.pay(session_of(member.post("/checkout/", form((lamp, 2), (quilt, 1)))))
    deliver(synced)
    return only_order()


def as_sold(order: Order) -> Any:
    fresh = Order.objects.get(pk=order.pk)
    lines = [(line.name, line.unit_amount, line.quantity) for line in fresh.lines.all()]
    return (
        fresh.number,
        fresh.email,
        fresh.currency,
        fresh.subtotal,
        fresh.total,
        fresh.placed_at,
        lines,
    )


@pytest.mark.parametrize(
    "change",
    [
        {"subtotal": 1},
        {"discount": 1},
        {"shipping": 1},
        {"tax": 1},
        {"total": 1},
        {"currency": "usd"},
        {"session_id": "cs_test_other"},
        {"payment_intent": None},
        {"account": "acct_other"},
        {"livemode": True},
        {"number": "00000000"},
    ],
)
def test_money_currency_and_identity_of_an_order_cannot_be_changed(
    order: Order, change: dict[str, Any]
) -> None:
    before = as_sold(order)
    with pytest.raises(IntegrityError, match="history"), transaction.atomic():
        Order.objects.filter(pk=order.pk).update(**change)
    assert as_sold(order) == before


@pytest.mark.parametrize(
    "change", [{"unit_amount": 1}, {"quantity": 9}, {"name": "Other"}, {"product": None}]
)
def test_lines_cannot_be_changed(order: Order, change: dict[str, Any]) -> None:
    before = as_sold(order)
    with pytest.raises(IntegrityError, match="history"), transaction.atomic():
        OrderLine.objects.filter(order=order).update(**change)
    assert as_sold(order) == before


def test_the_timeline_cannot_be_changed(order: Order) -> None:
    with pytest.raises(IntegrityError, match="history"), transaction.atomic():
        OrderEvent.objects.update(text="Nothing happened.")


@pytest.mark.parametrize("rows", [OrderEvent.objects, OrderLine.objects, Order.objects])
def test_orders_lines_and_timeline_cannot_be_deleted_whatever_the_code_says(
    order: Order, rows: Any
) -> None:
    before = as_sold(order)
    with pytest.raises(IntegrityError, match="history"), transaction.atomic():
        # Past Django's own protection, as SQL would.
        rows.all()._raw_delete(using="default")
    assert as_sold(order) == before


def test_products_and_checkouts_of_an_order_cannot_be_deleted(order: Order) -> None:
    with pytest.raises(ProtectedError):
        Product.objects.all().delete()
    assert order.checkout is not None
    with pytest.raises(ProtectedError):
        order.checkout.delete()


def test_what_becomes_of_the_goods_may_change(order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(fulfilment_status=FulfilmentStatus.SHIPPED)
    order.refresh_from_db()
    assert order.status_text.startswith("Paid") and not order.is_to_ship


def delete(page: ProductPage) -> None:
    page.delete()


def unpublish(page: ProductPage) -> None:
    ProductPage.objects.get(pk=page.pk).unpublish()


def rename(page: ProductPage) -> None:
    publish(page, title="Another name", slug="another-name")


def reprice(page: ProductPage) -> None:
    publish(page, price="9.00")


@pytest.mark.parametrize("act", [rename, reprice, unpublish, delete])
def test_no_edit_of_a_page_reaches_an_order(
    order: Order, member: Client, lamp: ProductPage, act: Callable[[ProductPage], None]
) -> None:
    before = as_sold(order)
    act(lamp)
    assert as_sold(order) == before
    receipt = member.get(order.get_absolute_url()).content.decode()
    for text in ("Brass lamp", "₹1,499.00", "₹2,998.00", "₹5,497.00"):
        assert text in receipt
    assert member.get("/orders/").status_code == 200


def test_a_user_who_is_deleted_leaves_the_order_and_its_address(
    order: Order, shopper: User
) -> None:
    before = as_sold(order)
    shopper.delete()
    order.refresh_from_db()
    assert order.user is None and order.email == "shopper@example.com"
    assert as_sold(order) == before
