"""Where product pages may stand, what they show, and how many queries that takes."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from wagtail.images import get_image_model
from wagtail.images.tests.utils import get_test_image_file
from wagtail.models import Page, Site
from wagtail.test.utils import WagtailPageTestCase

from home.models import HomePage, TextPage
from products.models import ProductIndexPage, ProductPage
from tests.conftest import MakeProduct, publish
from tests.products.conftest import page_form
from users.models import User
from vipratech import cached_pages

PRODUCT_BUDGET = 14  # one of them asks whether the product is for sale
WHO_IT_IS = 2  # session and user


class TreeRules(WagtailPageTestCase):
    """The tree is Home > Products > product pages, and nothing else fits."""

    def test_products_stand_below_the_list_and_have_nothing_below(self) -> None:
        self.assertAllowedParentPageTypes(ProductPage, {ProductIndexPage})
        self.assertAllowedSubpageTypes(ProductPage, set())

    def test_the_list_stands_below_home_and_holds_products_only(self) -> None:
        self.assertAllowedParentPageTypes(ProductIndexPage, {HomePage})
        self.assertAllowedSubpageTypes(ProductIndexPage, {ProductPage})

    def test_home_stands_at_the_root(self) -> None:
        self.assertAllowedParentPageTypes(HomePage, {Page})
        self.assertAllowedSubpageTypes(HomePage, {ProductIndexPage, TextPage})

    def test_there_is_one_list_of_products_and_one_home(self) -> None:
        assert not ProductIndexPage.can_create_at(HomePage.objects.get())
        assert not HomePage.can_create_at(Page.get_first_root_node())

    def test_a_product_is_made_in_the_editor_and_shown(self) -> None:
        self.client.force_login(
            User.objects.create_superuser("editor@example.com", "a-long-password")
        )
        index = ProductIndexPage.objects.get()
        self.assertCanCreate(index, ProductPage, page_form(action=""), publish=True)
        page = ProductPage.objects.get()
        self.assertPageIsRoutable(page)
        self.assertPageIsRenderable(page)
        self.assertPageIsEditable(page, post_data=page_form(action=""))
        self.assertPageIsPreviewable(page, post_data=page_form(action=""))
        self.assertPageIsRenderable(index)


def test_the_tree_is_there_after_migrating(db: None) -> None:
    site = Site.objects.get(is_default_site=True)
    assert isinstance(site.root_page.specific, HomePage)
    assert ProductIndexPage.objects.get().url == "/products/"


@pytest.mark.parametrize("price", ["0", "-1", "0.49", "1.999", "1000000"])
def test_a_live_page_with_an_impossible_price_cannot_be_saved_in_code_either(
    lamp: ProductPage, price: str
) -> None:
    with pytest.raises(ValidationError) as refusal:
        publish(lamp, price=Decimal(price))
    assert list(refusal.value.message_dict) == ["price"]
    assert ProductPage.objects.get().price == Decimal("1499")


def test_a_product_page_shows_its_words_and_the_price_that_is_charged(
    client: Client, lamp: ProductPage
) -> None:
    response = client.get("/products/brass-lamp/")
    html = response.content.decode()
    assert response.status_code == 200 and not response.cookies
    for words in (
        "Brass lamp",
        "About the brass lamp.",
        "₹1,499.00",
        '"price": "1499.00"',
        '"priceCurrency": "INR"',
    ):
        assert words in html


def test_what_an_editor_types_cannot_end_the_structured_data(
    client: Client, make_product: MakeProduct
) -> None:
    make_product("</script><script>alert(1)</script> & <!--")
    html = client.get(ProductPage.objects.get().url).content.decode()
    assert (
        "<script>alert(1)" not in html
        and "<!--" not in html.split("ld+json")[1].split("</script>")[0]
    )


@pytest.fixture
def rich_lamp(make_product: MakeProduct, settings: Any, tmp_path: Any) -> ProductPage:
    """A product with a picture, a gallery and every block, as an editor would fill it."""
    settings.MEDIA_ROOT = str(tmp_path)
    images = [
        get_image_model().objects.create(
            title=f"Lamp {n}", file=get_test_image_file(f"lamp{n}.png")
        )
        for n in range(5)
    ]

    def block(image: Any) -> dict[str, Any]:
        return {"image": image.pk, "alt_text": "A lamp", "decorative": False}

    page = make_product(image=images[0])
    return publish(
        page,
        gallery=[{"type": "image", "value": block(image)} for image in images[1:]],
        body=[
            {"type": "heading", "value": "Made by hand"},
            {"type": "text", "value": "<p>In <b>Moradabad</b></p>"},
            {"type": "image", "value": block(images[1])},
            {"type": "specifications", "value": [{"name": "Weight", "value": "420 g"}]},
        ],
    )


@pytest.mark.usefixtures("patient_memory")
def test_a_product_page_keeps_its_query_budget(client: Client, rich_lamp: ProductPage) -> None:
    assert client.get("/products/brass-lamp/").status_code == 200  # makes the renditions
    cached_pages.forget()
    with CaptureQueriesContext(connection) as queries:
        response = client.get("/products/brass-lamp/")
    html = response.content.decode()
    assert "Made by hand" in html and "420 g" in html and html.count("<img") >= 6
    assert len(queries) <= PRODUCT_BUDGET, "\n".join(query["sql"] for query in queries)


@pytest.mark.usefixtures("patient_memory")
def test_a_member_costs_two_queries_more(member: Client, rich_lamp: ProductPage) -> None:
    member.get("/products/brass-lamp/")
    cached_pages.forget()
    with CaptureQueriesContext(connection) as queries:
        assert member.get("/products/brass-lamp/").status_code == 200
    assert len(queries) <= PRODUCT_BUDGET + WHO_IT_IS, "\n".join(query["sql"] for query in queries)


@pytest.mark.usefixtures("patient_memory")
def test_the_list_takes_as_many_queries_for_ten_products_as_for_two(
    client: Client, make_product: MakeProduct
) -> None:
    def queries() -> int:
        client.get("/products/")
        cached_pages.forget()
        with CaptureQueriesContext(connection) as found:
            assert client.get("/products/").status_code == 200
        return len(found)

    make_product("Lamp 0"), make_product("Lamp 1")
    few = queries()
    for number in range(2, 10):
        make_product(f"Lamp {number}")
    assert queries() == few <= PRODUCT_BUDGET


def test_hidden_drafted_and_unpublished_products_are_in_no_list(
    client: Client, lamp: ProductPage, quilt: ProductPage
) -> None:
    quilt.unpublish()
    html = client.get("/products/").content.decode()
    assert "Brass lamp" in html and "Quilt" not in html
