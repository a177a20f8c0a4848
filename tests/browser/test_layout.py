"""How the home page and the list of products are laid out."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from shop_images.models import ShopImage
from tests.browser.conftest import open_page
from tests.conftest import MakeProduct
from tests.shop_images import files

# The widths of the cards of each row, as fractions of the list's width.
ROWS = """() => {
    const list = document.querySelector(".cards");
    const rows = new Map();
    for (const card of list.children) {
        const box = card.getBoundingClientRect();
        const row = Math.round(box.top);
        rows.set(row, [...(rows.get(row) ?? []), box.width / list.clientWidth]);
    }
    return [...rows.values()];
}"""


@pytest.fixture
def page(
    chromium: Browser, live_server: LiveServer, committed_db: None, make_product: MakeProduct
) -> Page:
    """The list of products, with eight of them."""
    for number in range(1, 9):
        make_product(f"Bowl {number}", "250.00")
    page = open_page(chromium, base_url=live_server.url)
    page.goto("/products/")
    return page


@pytest.mark.parametrize("width", [1280, 900])
def test_no_narrow_card_is_left_alone_in_a_row(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    for count in range(8, 0, -1):
        rows: list[list[float]] = page.evaluate(ROWS)
        assert sum(map(len, rows)) == count
        for row in rows:
            assert sum(row) > 0.9, f"{count} products: {rows}"  # the rest is the gaps
        page.evaluate("document.querySelector('.cards').lastElementChild.remove()")


def test_on_a_phone_cards_are_below_each_other_and_nothing_is_cut_off(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    for path in ("/products/", "/", "/products/bowl-1/"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.goto("/products/")
    assert [len(row) for row in page.evaluate(ROWS)] == [1] * 8


def test_the_picture_beside_the_greeting_has_no_bar(page: Page) -> None:
    page.goto("/")
    borders = "cloth => getComputedStyle(cloth).borderWidth"
    assert page.locator(".hero-cloth").evaluate(borders) == "0px 0px 0px 1px"


def test_a_lost_picture_is_shown_as_a_placeholder(
    page: Page, make_product: MakeProduct, settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    image = ShopImage.objects.create(title="Lamp", file=files.upload(files.jpeg()))
    (tmp_path / image.file.name).unlink()
    make_product("Brass lamp", image=image)
    page.goto("/products/brass-lamp/")
    picture = page.locator(".product-picture img")
    expect(picture).to_be_visible()
    loaded = "image => image.decode().then(() => image.naturalWidth)"
    assert picture.evaluate(loaded) > 0
