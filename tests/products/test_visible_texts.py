"""Texts that display as nothing are rejected, wherever an editor enters them."""

import pytest
from django.core.exceptions import ValidationError
from wagtail.models import Page

from home.models import HomePage
from products.blocks import BodyBlock, PictureBlock
from products.models import ProductIndexPage, ProductPage
from shop_images.models import ShopImage
from shop_settings.models import ShopSettings

pytestmark = pytest.mark.django_db
NOTHING = "\u200b\u2060\u00ad"  # zero-width and soft characters
REASON = "This text has no visible characters."


@pytest.mark.parametrize("field", ["title", "seo_title", "summary", "image_alt"])
def test_a_product_page_is_not_saved_with_an_invisible_text(lamp: ProductPage, field: str) -> None:
    before = getattr(lamp, field)
    setattr(lamp, field, NOTHING)
    with pytest.raises(ValidationError) as refused:
        lamp.save()
    assert refused.value.message_dict == {field: [REASON]}
    assert getattr(ProductPage.objects.get(), field) == before


@pytest.mark.parametrize(
    ("model", "field"),
    [
        (HomePage, "title"),
        (HomePage, "hero_title"),
        (ProductIndexPage, "title"),
        (ProductIndexPage, "intro"),
    ],
)
def test_the_other_pages_are_not_saved_either(model: type[Page], field: str) -> None:
    page = model.objects.get()
    setattr(page, field, NOTHING)
    with pytest.raises(ValidationError, match="no visible characters"):
        page.save()


def test_the_shop_has_a_visible_name() -> None:
    with pytest.raises(ValidationError) as refused:
        ShopSettings(name=NOTHING).full_clean()
    assert refused.value.message_dict == {"name": [REASON]}


def test_an_image_has_a_visible_title_and_description() -> None:
    with pytest.raises(ValidationError) as refused:
        ShopImage(title=NOTHING, description=NOTHING).clean()
    assert refused.value.message_dict == {"title": [REASON], "description": [REASON]}


@pytest.mark.parametrize(
    ("block", "value"),
    [
        ("heading", NOTHING),
        ("specifications", [{"name": NOTHING, "value": "1 kg"}]),
        ("specifications", [{"name": "Weight", "value": NOTHING}]),
    ],
)
def test_a_block_has_a_visible_text(block: str, value: object) -> None:
    body = BodyBlock()
    with pytest.raises(ValidationError):
        body.clean(body.to_python([{"type": block, "value": value}]))


def test_a_picture_has_a_visible_alt_text() -> None:
    image = ShopImage(title="Lamp", width=1, height=1)
    image.contextual_alt_text, image.decorative = NOTHING, False
    block = PictureBlock(required=False)
    block.child_blocks["image"].clean = lambda value: value  # the image is not in the database
    with pytest.raises(ValidationError):
        block.clean(image)


def test_ordinary_texts_are_accepted(lamp: ProductPage) -> None:
    lamp.title = "Lampe à huile — दीपक 🪔"
    lamp.save()
    assert ProductPage.objects.get().title == lamp.title
