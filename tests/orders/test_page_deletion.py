"""Before a product is deleted, the page says which orders and checkouts have it; they stay."""

from collections.abc import Callable

import pytest
from django.test import Client

from orders.models import Checkout, Order
from products.models import ProductPage
from stripe_sandbox import Sandbox
from tests.conftest import deliver
from tests.orders.selling import buy, open_page
from tests.staff import make_staff
from users.models import User


@pytest.fixture
def editor(db: None, client_of: Callable[[User], Client]) -> Client:
    return client_of(make_staff(role="Owners"))


def confirmation(editor: Client, page: ProductPage) -> str:
    return editor.get(f"/admin/pages/{page.pk}/delete/").content.decode()


def test_nothing_is_said_about_a_product_that_nobody_bought(
    editor: Client, lamp: ProductPage
) -> None:
    assert "contains it" not in confirmation(editor, lamp)
    assert "is paying for it" not in confirmation(editor, lamp)


def test_orders_and_open_checkouts_are_counted_and_stay(
    editor: Client, synced: Sandbox, member: Client, lamp: ProductPage, quilt: ProductPage
) -> None:
    buy(synced, member, lamp)
    deliver(synced)
    session_id = open_page(member, lamp)
    for page in (lamp, lamp.get_parent()):
        text = confirmation(editor, page)
        assert "1 order contains it. The order stays as it is" in text
        assert "1 shopper is paying for it now" in text
    assert "contains it" not in confirmation(editor, quilt)
    assert editor.post(f"/admin/pages/{lamp.pk}/delete/").status_code == 302
    assert Order.objects.get().lines.get().name == "Brass lamp"
    synced.pay(session_id)
    deliver(synced)
    assert Order.objects.count() == 2
    assert not Checkout.objects.filter(status__in=Checkout.PAYABLE).exists()
