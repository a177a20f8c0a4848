"""The product list in parts, and the same in the page cache."""

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from products.listing import ON_HOME, PER_PAGE, ListQuery, read
from products.models import ProductPage
from products.sync import sync_catalogue
from stripe_sandbox import Sandbox
from tests.conftest import MakeProduct, publish
from vipratech import cached_pages
from vipratech.middleware.page_cache import pages

LIST = "/products/"


@pytest.fixture
def many(make_product: MakeProduct, monkeypatch: pytest.MonkeyPatch) -> list[ProductPage]:
    """Fifteen products on pages of six; the later, the cheaper."""
    monkeypatch.setattr("products.listing.PER_PAGE", 6)
    return [make_product(f"Vase {n:02}", f"{1000 - n}.00") for n in range(15)]


def titles(browser: Client, address: str) -> list[str]:
    page = BeautifulSoup(browser.get(address).content, "html.parser")
    return [heading.get_text(strip=True) for heading in page.select(".cards article h3")]


def test_a_list_has_pages_and_each_product_is_on_one_of_them(
    client: Client, many: list[ProductPage]
) -> None:
    parts = [titles(client, f"{LIST}?page={number}") for number in (1, 2, 3)]
    assert [len(part) for part in parts] == [6, 6, 3] and PER_PAGE == 24
    assert [title for part in parts for title in part] == [page.title for page in many]
    page = client.get(f"{LIST}?page=2").text
    assert 'href="?page=3"' in page and 'aria-current="page"' in page and "noindex" in page
    assert "noindex" not in client.get(LIST).text


def test_a_list_is_sorted_by_price_and_by_age(client: Client, many: list[ProductPage]) -> None:
    assert titles(client, f"{LIST}?sort=price")[0] == "Vase 14"
    assert titles(client, f"{LIST}?sort=-price")[0] == "Vase 00"
    assert titles(client, f"{LIST}?sort=new")[0] == "Vase 14"
    assert 'href="?sort=price&amp;page=2"' in client.get(f"{LIST}?sort=price").text


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({}, ListQuery()), ({"page": "2"}, ListQuery(2)), ({"page": "0"}, ListQuery()),
        ({"page": "-1"}, ListQuery()), ({"page": "1e9"}, ListQuery()),
        ({"page": "9999"}, ListQuery()), ({"page": "\u0663"}, ListQuery()),
        ({"page": "2", "sort": "price"}, ListQuery(2, "price")),
        ({"sort": "price;drop"}, ListQuery()), ({"utm_source": "x"}, ListQuery()),
    ],
)  # fmt: skip
def test_only_parts_that_exist_are_read(query: dict[str, str], wanted: ListQuery) -> None:
    assert read(query) == wanted


def test_a_part_that_does_not_exist_is_not_found(client: Client, many: list[ProductPage]) -> None:
    assert client.get(f"{LIST}?page=4").status_code == 404
    assert client.get(f"{LIST}?page=999").status_code == 404


def test_parts_are_cached_each_by_itself_and_other_parameters_change_nothing(
    client: Client, many: list[ProductPage], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vipratech.middleware.page_cache.LIFETIME", 60.0)
    first = titles(client, f"{LIST}?page=2")  # before the cache knows that this is a list
    assert titles(client, LIST)[0] == "Vase 00" and first[0] == "Vase 06"
    kept = len(pages.entries)
    with CaptureQueriesContext(connection) as queries:
        assert titles(client, f"{LIST}?page=2") == first
        assert titles(client, f"{LIST}?page=2&utm_source=x") == first
        assert titles(client, f"{LIST}?page=x&sort=none")[0] == "Vase 00"
    assert len(queries) == 0 and len(pages.entries) == kept
    for number in range(20):
        client.get(f"{LIST}?page={900 + number}")
    assert len(pages.entries) == kept


def test_home_and_products_have_one_entry_whatever_the_query(
    client: Client, lamp: ProductPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vipratech.middleware.page_cache.LIFETIME", 60.0)
    for address in ("/", lamp.url):
        client.get(address)
        kept = len(pages.entries)
        for query in ("?page=2", "?sort=price", "?page=3&sort=new"):
            with CaptureQueriesContext(connection) as queries:
                assert client.get(f"{address}{query}").status_code == 200
            assert len(queries) == 0
        assert len(pages.entries) == kept


def test_home_shows_twelve_and_a_link_to_the_others(
    client: Client, many: list[ProductPage]
) -> None:
    page = client.get("/").text
    assert page.count("<article") == ON_HOME and "All our products" in page


def test_home_with_few_products_has_no_such_link(client: Client, lamp: ProductPage) -> None:
    assert "All our products" not in client.get("/").text


@pytest.mark.usefixtures("patient_memory")
def test_fifty_products_take_as_many_queries_as_three(
    client: Client, make_product: MakeProduct
) -> None:
    def queries(address: str) -> int:
        client.get(address)
        cached_pages.forget()
        with CaptureQueriesContext(connection) as found:
            assert client.get(address).status_code == 200
        return len(found)

    places = ("/", LIST, "/sitemap.xml")
    for number in range(3):
        make_product(f"Vase {number}")
    few = [queries(place) for place in places]
    for number in range(3, 50):
        make_product(f"Vase {number}")
    assert [queries(place) for place in places] == few


def test_a_sync_of_many_unchanged_products_asks_stripe_nothing(
    sandbox: Sandbox, make_product: MakeProduct
) -> None:
    numbers = []
    for count in (3, 40):
        for number in range(count):
            publish(make_product(f"Vase {count}-{number}"))
        assert sync_catalogue() == []
        sandbox.requests.clear()
        with CaptureQueriesContext(connection) as found:
            assert sync_catalogue() == []
        assert sandbox.requests == []
        numbers.append(len(found))
    assert numbers[0] == numbers[1] <= 8
