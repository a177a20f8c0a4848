"""The shop's pages as a visitor and a machine read them."""

import json
import re
from collections.abc import Callable
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.core.files.images import ImageFile
from django.core.management import call_command
from django.db import transaction
from django.test import Client, override_settings
from pytest_django import DjangoAssertNumQueries, DjangoDbBlocker, Settings

import memory
from products.models import ProductPage
from shop_images.models import ShopImage
from users.models import User
from vipratech import cached_pages

TEMPLATES = Path(__file__).parents[2] / "templates"
# `pages` alone would let these run after the tests that flush what migrations wrote.
pytestmark = pytest.mark.django_db

PAGES = ["/", "/products/", "/products/brass-lamp/"]
OTHER_PAGES = ["/accounts/login/", "/accounts/signup/", "/nothing-here/"]


class Elements(HTMLParser):
    """The elements of a page with their attributes, in order."""

    def __init__(self, response: Any) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(response.content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember the element."""
        self.found.append((tag, dict(attrs)))

    def __call__(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of every element of this name."""
        return [attributes for name, attributes in self.found if name == tag]


@pytest.fixture
def demo(db: None, settings: Settings, tmp_path: Path) -> None:
    """The demo's products, with pictures in a place of this test's own."""
    settings.MEDIA_ROOT = tmp_path
    call_command("seed_demo")


@pytest.fixture(scope="module")
def pages(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Any]:
    """What an anonymous visitor of the demo is answered, by path.

    Asked once, for the tests that only read.
    """
    media = tmp_path_factory.mktemp("media")
    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=media), transaction.atomic():
        call_command("seed_demo")
        answers = {path: Client().get(path) for path in (*PAGES, *OTHER_PAGES)}
        transaction.set_rollback(True)
    return answers


@pytest.fixture
def lamp(demo: None) -> ProductPage:
    """The first of the demo's products."""
    return ProductPage.objects.get(slug="brass-lamp")


def json_ld(response: Any) -> dict[str, Any]:
    """The page's structured data."""
    found = re.findall(
        r'<script type="application/ld\+json">(.*?)</script>', response.content.decode(), re.S
    )
    assert len(found) == 1
    data: dict[str, Any] = json.loads(found[0])
    return data


def loaded_from(page: Elements) -> list[str]:
    """Every address that a browser loads automatically to show the page."""
    addresses = [element.get("src") for tag in ("img", "script", "iframe") for element in page(tag)]
    addresses += [
        link["href"] for link in page("link") if link["rel"] in ("stylesheet", "icon", "preload")
    ]
    for element in [*page("img"), *page("source")]:
        addresses += [
            part.split()[0] for part in (element.get("srcset") or "").split(",") if part.strip()
        ]
    return [address for address in addresses if address]


@pytest.mark.parametrize("path", [*PAGES, "/accounts/login/"])
def test_a_page_loads_nothing_from_another_host(pages: dict[str, Any], path: str) -> None:
    addresses = loaded_from(Elements(pages[path]))
    assert addresses
    assert [address for address in addresses if urlsplit(address).netloc] == []


@pytest.mark.parametrize("path", PAGES)
def test_browsing_sets_no_cookie(pages: dict[str, Any], path: str) -> None:
    response = pages[path]
    assert response.status_code == 200
    assert not response.cookies


def test_home_shows_three_products_with_price_and_a_way_to_buy(pages: dict[str, Any]) -> None:
    response = pages["/"]
    page = response.content.decode()
    for title, price in (
        ("Brass Lamp", "₹1,499.00"),
        ("Block-Print Quilt", "₹2,499.00"),
        ("Stoneware Tea Set", "₹899.50"),
    ):
        assert page.count(f">{title}</a>") == 1
        assert page.count(price) == 1
    forms = Elements(response)("form")
    assert [(form["action"], form["method"]) for form in forms] == [("/basket/", "post")] * 3


@pytest.mark.parametrize("path", PAGES)
def test_every_picture_has_alt_text_and_a_size(pages: dict[str, Any], path: str) -> None:
    pictures = Elements(pages[path])("img")
    assert len(pictures) >= 4
    for picture in pictures:
        assert "alt" in picture
        assert int(picture["width"] or 0) > 0
        assert int(picture["height"] or 0) > 0
    assert all(picture["alt"] for picture in pictures if "/media/" in (picture["src"] or ""))


@pytest.mark.parametrize("path", PAGES)
def test_only_the_first_picture_of_a_product_is_loaded_at_once(
    pages: dict[str, Any], path: str
) -> None:
    loading = [
        picture["loading"] for picture in Elements(pages[path])("img") if "loading" in picture
    ]
    assert loading == ["eager"] + ["lazy"] * (len(loading) - 1)
    assert len(loading) == 3


@pytest.mark.parametrize("path", [*PAGES, *OTHER_PAGES])
def test_a_page_has_one_heading_one_main_a_title_and_a_description(
    pages: dict[str, Any], path: str
) -> None:
    page = Elements(pages[path])
    assert [len(page(tag)) for tag in ("h1", "main", "title")] == [1, 1, 1]
    descriptions = [meta["content"] for meta in page("meta") if meta.get("name") == "description"]
    assert len(descriptions) == 1
    assert descriptions[0]


def test_titles_and_descriptions_differ_from_page_to_page(pages: dict[str, Any]) -> None:
    heads = [re.findall(r"<title>(.*?)</title>", pages[path].content.decode()) for path in PAGES]
    assert len({str(head) for head in heads}) == len(PAGES)


def test_the_price_for_machines_is_the_price_for_people(client: Client, lamp: ProductPage) -> None:
    response = client.get("/products/brass-lamp/")
    offer = json_ld(response)["offers"]
    assert (offer["price"], offer["priceCurrency"]) == ("1499.00", "INR")
    assert "₹1,499.00" in response.content.decode()

    lamp.price = Decimal("1749.5")
    lamp.save_revision().publish()
    response = client.get("/products/brass-lamp/")
    assert json_ld(response)["offers"]["price"] == "1749.50"
    assert "₹1,749.50" in response.content.decode()


def test_structured_data_cannot_end_its_element(client: Client, lamp: ProductPage) -> None:
    lamp.title = lamp.summary = "</script><script>alert(1)</script><!-- & more"
    lamp.save_revision().publish()
    response = client.get("/products/brass-lamp/")
    assert json_ld(response)["name"] == lamp.title
    assert "<script>alert" not in response.content.decode()


def test_a_page_names_its_own_address_whatever_host_it_was_asked_under(
    demo: None, client: Client, settings: Settings
) -> None:
    settings.SITE_URL = "https://shop.example"
    page = Elements(client.get("/products/brass-lamp/", headers={"host": "localhost"}))
    address = "https://shop.example/products/brass-lamp/"
    assert [link["href"] for link in page("link") if link["rel"] == "canonical"] == [address]
    shared = {meta["property"]: meta["content"] for meta in page("meta") if meta.get("property")}
    assert (shared["og:url"], shared["og:type"], shared["og:title"]) == (
        address,
        "product",
        "Brass Lamp",
    )
    assert (shared["og:image"] or "").startswith("https://shop.example/media/")


def test_the_favicon_and_styles_a_page_links_exist(pages: dict[str, Any]) -> None:
    linked = [
        address for address in loaded_from(Elements(pages["/"])) if address.startswith("/static/")
    ]
    assert len(set(linked)) >= 4
    assert [
        address for address in linked if not finders.find(address.removeprefix("/static/"))
    ] == []


def test_no_template_holds_an_inline_script_or_style() -> None:
    inline = re.compile(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=|javascript:")
    # Mail programs want styles inside the message.
    templates = sorted(set(TEMPLATES.rglob("*.html")) - {TEMPLATES / "mail" / "message.html"})
    assert len(templates) > 20
    assert [str(template) for template in templates if inline.search(template.read_text())] == []


def test_a_product_without_a_picture_is_still_sold(client: Client, lamp: ProductPage) -> None:
    lamp.image, lamp.gallery, lamp.body = None, None, None
    lamp.save_revision().publish()
    for path in PAGES:
        assert client.get(path).status_code == 200


def test_a_picture_of_an_editor_keeps_the_alt_text_given_on_the_page(
    client: Client, lamp: ProductPage
) -> None:
    with (Path(__file__).parents[2] / "home/demo/pictures/quilt.webp").open("rb") as file:
        lamp.image = ShopImage.objects.create(
            title="x", description="Of the picture", file=ImageFile(file, name="x.webp")
        )
    lamp.image_alt = "Of the page"
    lamp.save_revision().publish()
    assert 'alt="Of the page"' in client.get("/products/brass-lamp/").content.decode()


@pytest.mark.usefixtures("patient_memory")
@pytest.mark.parametrize(
    ("path", "most"), [("/", 8), ("/products/", 12), ("/products/brass-lamp/", 13)]
)
def test_a_page_asks_the_database_little(
    demo: None,
    client: Client,
    path: str,
    most: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    client.get(path)
    cached_pages.forget()
    with django_assert_max_num_queries(most):
        client.get(path)


@pytest.mark.parametrize("path", ["/", "/products/", "/products/brass-lamp/"])
def test_with_a_session_a_page_asks_for_session_user_and_orders_only(
    demo: None,
    path: str,
    django_assert_max_num_queries: DjangoAssertNumQueries,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(memory, "LIFETIME", 60.0)  # a busy machine is slower than two seconds
    member = Client()
    member.force_login(User.objects.get(email="shopper@example.com"))
    member.get(path)
    with django_assert_max_num_queries(3):
        member.get(path)


@pytest.mark.usefixtures("patient_memory")
def test_more_products_cost_no_more_queries(
    demo: None,
    client: Client,
    make_product: Callable[..., ProductPage],
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    image = ShopImage.objects.first()
    for number in range(9):
        make_product(f"Bowl {number}", "250.00", image=image)
    client.get("/")
    cached_pages.forget()
    with django_assert_max_num_queries(8):
        assert client.get("/").content.decode().count("<article") == 12


def test_a_logged_in_shopper_sees_orders_and_the_account_and_a_visitor_the_login(
    demo: None, client: Client, client_of: Callable[[User], Client]
) -> None:
    anonymous = client.get("/").content.decode()
    assert 'id="my-orders"' not in anonymous
    assert "/accounts/login/" in anonymous
    response = client_of(User.objects.get(email="shopper@example.com")).get("/")
    assert 'id="my-orders"' in response.content.decode()
    links = [link["href"] for link in Elements(response)("a")]
    assert "/accounts/" in links and "/accounts/login/" not in links


@pytest.mark.parametrize(
    ("is_demo", "says"),
    [(True, "You pay on a test payment page"), (False, "never sees your card number")],
)
def test_the_pages_say_how_the_shopper_pays(
    demo: None, client: Client, settings: Settings, is_demo: bool, says: str
) -> None:
    settings.SHOP_DEMO = is_demo
    for path in PAGES:
        page = client.get(path).content.decode()
        assert says in page
        assert page.count("Demo shop") == page.lower().count("no money") == int(is_demo)
        assert ("4242" in page) is is_demo
