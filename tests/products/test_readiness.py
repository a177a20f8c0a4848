"""What the editor says that a product still lacks; nothing blocks a publish."""

from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from wagtail.images import get_image_model
from wagtail.images.tests.utils import get_test_image_file
from wagtail.models import Page

from products.models import ProductPage
from products.readiness import shortcomings
from tests.conftest import publish
from tests.orders.stocking import put_in_stock
from tests.products.conftest import page_form
from tests.staff import make_staff


@pytest.fixture
def editor(db: None) -> Client:
    browser = Client()
    browser.force_login(make_staff(role="Price editors"))
    return browser


@pytest.fixture
def complete(lamp: ProductPage, settings: Any, tmp_path: Any) -> ProductPage:
    """A product that lacks nothing."""
    settings.MEDIA_ROOT = tmp_path
    picture = get_image_model().objects.create(
        title="Lamp", file=get_test_image_file(colour="white", size=(900, 600))
    )
    return publish(lamp, image=picture, image_alt="A lamp", search_description="A brass lamp")


def test_a_complete_product_is_ready(complete: ProductPage, editor: Client) -> None:
    assert shortcomings(complete) == []
    assert "Ready to sell." in editor.get(f"/admin/pages/{complete.pk}/edit/").text


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"summary": ""}, "no summary"),
        ({"image_alt": ""}, "no alt text"),
        ({"image": None}, "no picture"),
        ({"price": None}, "no price"),
    ],
)
def test_each_shortcoming_is_named(
    complete: ProductPage, change: dict[str, Any], text: str
) -> None:
    for name, value in change.items():
        setattr(complete, name, value)
    (found,) = shortcomings(complete)
    assert text in found


def test_the_summary_describes_the_product_to_search_engines_unless_there_is_another_text(
    complete: ProductPage,
) -> None:
    complete.search_description = ""
    assert shortcomings(complete) == []
    complete.summary = ""
    assert "search engines" in shortcomings(complete)[1]


def test_a_small_picture_and_an_empty_shelf_are_named(complete: ProductPage) -> None:
    assert complete.image
    complete.image.width = 300
    put_in_stock(complete, 0)
    small, sold_out = shortcomings(ProductPage.objects.get(pk=complete.pk))[:1], "It is sold out."
    assert small == [sold_out]
    assert "300 pixels" in shortcomings(complete)[0]


def test_an_incomplete_product_is_published_and_the_editor_gets_a_message(
    lamp: ProductPage, editor: Client
) -> None:
    form = page_form(price="1499.00", summary="")
    answer = editor.post(f"/admin/pages/{lamp.pk}/edit/", form, follow=True)
    assert ProductPage.objects.get(pk=lamp.pk).summary == ""
    assert "no picture" in answer.text and "It has no summary" in answer.text


def ready_to_sell(editor: Client, page: Page) -> list[str]:
    """What the checks side panel of a page's editor says about selling; nothing without it."""
    html = BeautifulSoup(editor.get(f"/admin/pages/{page.pk}/edit/").content, "html.parser")
    side = html.select_one("[data-side-panel=checks]")
    assert side is not None
    return [item.get_text(strip=True) for item in side.select("#ready-to-sell :is(p, li)")]


def test_the_checks_side_panel_names_what_a_product_lacks(
    lamp: ProductPage, complete: ProductPage, editor: Client
) -> None:
    assert ready_to_sell(editor, complete) == ["Ready to sell."]
    publish(complete, image_alt="")
    first, *texts = ready_to_sell(editor, complete)
    assert first == "Before you sell it:"
    assert len(texts) == 1 and "no alt text" in texts[0]


def test_the_description_of_a_picture_is_an_alt_text(
    complete: ProductPage, editor: Client, client: Client
) -> None:
    assert complete.image is not None
    complete.image.description = "A lamp with a wick"
    complete.image.save()
    publish(complete, image_alt="")
    assert 'alt="A lamp with a wick"' in client.get(complete.url).text
    assert ready_to_sell(editor, complete) == ["Ready to sell."]


def test_a_page_that_sells_nothing_has_no_such_check(lamp: ProductPage, editor: Client) -> None:
    assert ready_to_sell(editor, lamp.get_parent()) == []
