"""What Stripe should have of a product, and when that is something new."""

import hashlib
import json
from dataclasses import asdict, replace
from decimal import Decimal

import pytest
from django.test import Client
from pytest_django import Settings
from wagtail.images import get_image_model
from wagtail.images.tests.utils import get_test_image_file
from wagtail.models import PageViewRestriction

from products import catalogue
from products.models import Product, ProductPage
from products.sync import sync_catalogue
from stripe_sandbox import Sandbox
from tests.conftest import MakeProduct, publish
from tests.products.conftest import AtStripe


@pytest.fixture
def picture(settings: Settings, tmp_path: object, db: None) -> object:
    settings.MEDIA_ROOT = str(tmp_path)
    return get_image_model().objects.create(title="Lamp", file=get_test_image_file("lämp 1.png"))


def test_the_fingerprint_differs_for_everything_that_is_sent_and_for_nothing_else(
    settings: Settings, lamp: ProductPage
) -> None:
    desired = catalogue.desired_for(lamp)
    assert desired.copy is not None
    own = desired.fingerprint("acct_1")
    others = [
        replace(desired, copy=replace(desired.copy, name="x")).fingerprint("acct_1"),
        replace(desired, copy=replace(desired.copy, description="x")).fingerprint("acct_1"),
        replace(desired, copy=replace(desired.copy, images=("x",))).fingerprint("acct_1"),
        replace(desired, copy=replace(desired.copy, url="x")).fingerprint("acct_1"),
        replace(desired, unit_amount=1).fingerprint("acct_1"),
        replace(desired, currency="eur").fingerprint("acct_1"),
        replace(desired, active=False).fingerprint("acct_1"),
        desired.fingerprint("acct_2"),
        catalogue.desired_for(None).fingerprint("acct_1"),
    ]
    settings.SITE_URL = "http://elsewhere"
    others.append(desired.fingerprint("acct_1"))
    assert len({own, *others}) == 11
    settings.SITE_URL = "http://testserver"
    publish(lamp, body=[("text", "<p>Longer words</p>")], image_alt="A lamp")
    assert catalogue.desired_for(ProductPage.objects.get()).fingerprint("acct_1") == own


def test_the_format_version_is_part_of_the_fingerprint(lamp: ProductPage) -> None:
    """Compared with the text it is made of: raising FORMAT sends everything again."""
    desired = catalogue.desired_for(lamp)
    told = json.dumps(
        [catalogue.FORMAT, "http://testserver", "acct_1", asdict(desired)], sort_keys=True
    )
    assert desired.fingerprint("acct_1") == hashlib.sha256(told.encode()).hexdigest()


def test_a_shop_without_a_public_address_sends_no_links(
    sandbox: Sandbox, at_stripe: AtStripe, make_product: MakeProduct, picture: object
) -> None:
    lamp = make_product(image=picture)
    assert sync_catalogue() == []
    assert (at_stripe.product(lamp)["images"], at_stripe.product(lamp)["url"]) == ([], None)


def test_a_public_shop_sends_its_picture_and_address(
    sandbox: Sandbox,
    at_stripe: AtStripe,
    settings: Settings,
    make_product: MakeProduct,
    picture: object,
) -> None:
    settings.SITE_URL = "https://shop.example"
    lamp = make_product(image=picture)
    assert sync_catalogue() == []
    product = at_stripe.product(lamp)
    assert product["url"] == "https://shop.example/products/brass-lamp/"
    (image,) = product["images"]
    assert image.startswith("https://shop.example/media/original_images/l") and image.isascii()


def test_pictures_on_another_host_are_sent_with_that_host(
    settings: Settings, make_product: MakeProduct, picture: object
) -> None:
    settings.SITE_URL, settings.MEDIA_URL = "https://shop.example", "https://cdn.example/m/"
    copy = catalogue.desired_for(make_product(image=picture)).copy
    assert copy is not None
    assert copy.images[0].startswith("https://cdn.example/m/original_images/")


def test_a_picture_whose_file_is_gone_holds_up_nothing(
    sandbox: Sandbox,
    at_stripe: AtStripe,
    settings: Settings,
    make_product: MakeProduct,
    picture: ProductPage,
) -> None:
    settings.SITE_URL = "https://shop.example"
    lamp = make_product(image=picture)
    picture.file.storage.delete(picture.file.name)
    assert sync_catalogue() == []
    assert at_stripe.charged(lamp) == 149900
    picture.delete()
    assert sync_catalogue() == []
    assert at_stripe.product(lamp)["images"] == []


def test_a_picture_without_a_file_name_holds_up_nothing(
    sandbox: Sandbox,
    at_stripe: AtStripe,
    settings: Settings,
    make_product: MakeProduct,
    picture: ProductPage,
) -> None:
    settings.SITE_URL = "https://shop.example"
    lamp = make_product(image=picture)
    get_image_model().objects.filter(pk=picture.pk).update(file="")
    assert sync_catalogue() == []
    assert at_stripe.charged(lamp) == 149900


@pytest.mark.parametrize("price", [None, Decimal(0), Decimal("1.234")])
def test_a_price_that_came_around_the_validators_sells_nothing_and_breaks_nothing(
    sandbox: Sandbox, lamp: ProductPage, quilt: ProductPage, price: Decimal | None, client: Client
) -> None:
    ProductPage.objects.filter(pk=lamp.pk).update(price=price)
    assert list(catalogue.all_for_sale()) == [quilt.translation_key]
    assert ProductPage.objects.get(pk=lamp.pk).unit_amount == 0
    assert sync_catalogue() == []
    for address in ("/", "/products/", "/products/brass-lamp/", "/sitemap.xml"):
        assert client.get(address).status_code == 200, address
    assert '"offers"' not in client.get("/products/brass-lamp/").content.decode()
    assert '"offers"' in client.get("/products/quilt/").content.decode()


def test_products_are_made_once_for_every_page_that_sets_a_price(
    lamp: ProductPage, quilt: ProductPage
) -> None:
    Product.objects.filter(price_periods=None).delete()
    lamp.create_alias(update_slug="again")
    catalogue.ensure_products()
    catalogue.ensure_products()
    keys = set(Product.objects.values_list("translation_key", flat=True))
    assert keys == {lamp.translation_key, quilt.translation_key}


def test_a_hidden_page_is_not_for_sale(lamp: ProductPage, quilt: ProductPage) -> None:
    PageViewRestriction.objects.create(page=lamp, restriction_type=PageViewRestriction.LOGIN)
    assert list(catalogue.all_for_sale()) == [quilt.translation_key]
    assert [page.title for page in ProductPage.objects.for_sale()] == ["Quilt"]
