"""The largest stock, and what a form that changes nothing says."""

from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from products import stock
from products.models import ProductPage, Stock, StockMovement
from stripe_sandbox import Sandbox
from tests.orders.refunding import again, sell
from tests.orders.selling import text_of
from tests.orders.stocking import call_off, on_hand, put_in_stock
from tests.orders.test_stock import change, page_product
from tests.staff import make_staff


@pytest.fixture
def desk(client_of: Any, db: None) -> Client:
    """A browser of somebody at the order desk."""
    return client_of(make_staff(role="Order desk"))


@pytest.mark.parametrize("entered", [{}, {"delta": "0"}])
def test_a_form_that_changes_nothing_says_so(
    synced: Sandbox, desk: Client, lamp: ProductPage, entered: dict[str, str]
) -> None:
    put_in_stock(lamp, 10, low_at=3)
    before = StockMovement.objects.count()
    assert change(desk, lamp, low_at="3", **entered).status_code == 302
    shown = desk.get(f"/admin/stock/{page_product(lamp)}/").text
    assert "Nothing was changed." in shown and "The stock was changed." not in shown
    assert on_hand(lamp) == 10 and StockMovement.objects.count() == before
    assert change(desk, lamp, low_at="4", **entered).status_code == 302
    assert Stock.objects.get().low_at == 4


def test_more_than_the_maximum_is_refused_by_its_name(
    synced: Sandbox, desk: Client, lamp: ProductPage
) -> None:
    put_in_stock(lamp, 10)
    for entered in ({"delta": "1000001"}, {"shelf": "1000001"}, {"low_at": "1000001"}):
        refused = change(desk, lamp, **entered)
        assert refused.status_code == 422 and "1000000" in text_of(refused)
    refused = change(desk, lamp, delta="999991")
    assert refused.status_code == 422
    assert "There can be at most 1,000,000 items in stock." in refused.text
    assert on_hand(lamp) == 10
    assert change(desk, lamp, delta="999990").status_code == 302 and on_hand(lamp) == 1_000_000


def test_a_full_stock_takes_no_item_back_and_the_order_is_cancelled(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    product = put_in_stock(lamp, 10)
    order = sell(synced, member, (lamp, 2))
    with transaction.atomic():
        stock.count(product.pk, stock.LARGEST - 1, "test:full", seen=8)
    call_off(order)
    assert on_hand(lamp) == stock.LARGEST and again(order).cancelled_at
