"""The list of products in the page explorer has their prices, stock and state at Stripe."""

from typing import Any

from django.test import Client

from products.models import ProductPage
from products.sync import sync_catalogue
from stripe_sandbox import Sandbox
from tests.conftest import MakeProduct
from tests.orders.stocking import put_in_stock


def listing(editor: Client, page: ProductPage) -> str:
    html = editor.get(f"/admin/pages/{page.get_parent().pk}/results/").content.decode()
    return " ".join(html.split())


def test_the_list_has_price_stock_and_state(
    editor: Client, sandbox: Sandbox, lamp: ProductPage, make_product: MakeProduct
) -> None:
    assert "Pending" in listing(editor, lamp)
    assert sync_catalogue() == []
    put_in_stock(lamp, 7)
    make_product("Quilt", "2499.00", live=False)
    html = listing(editor, lamp)
    for text in ("₹1,499.00", "₹2,499.00", "In sync", "Not for sale", "Not limited", ">7<"):
        assert text in html.replace("> 7 <", ">7<"), text


def test_the_list_takes_as_many_queries_for_many_products(
    editor: Client, sandbox: Sandbox, make_product: MakeProduct, django_assert_max_num_queries: Any
) -> None:
    pages = [make_product(f"Bowl {number}", "99.00") for number in range(20)]
    sync_catalogue()
    listing(editor, pages[0])
    with django_assert_max_num_queries(45):
        listing(editor, pages[0])
