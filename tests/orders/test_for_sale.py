"""One rule decides what is for sale: for the Buy button, search engines and the checkout."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from wagtail.models import Page, PageViewRestriction

from orders.models import Checkout
from products.models import ProductIndexPage, ProductPage
from products.sync import sync_catalogue
from stripe_sandbox import Sandbox
from tests.conftest import calls, form


def restrict(page: Page) -> None:
    """Let only logged-in visitors see the page."""
    PageViewRestriction.objects.create(page=page, restriction_type=PageViewRestriction.LOGIN)


def alias_of(page: ProductPage) -> ProductPage:
    """A live alias of the page, next to it."""
    alias: ProductPage = page.create_alias(
        parent=ProductIndexPage.objects.get(), update_slug="alias"
    ).specific
    return alias


def offer(page: BeautifulSoup) -> Any:
    """The offer that a product page makes to search engines, or None."""
    (script,) = page.select('script[type="application/ld+json"]')
    return json.loads(script.get_text()).get("offers")


def buy_buttons(page: BeautifulSoup) -> list[str]:
    """The buttons of a product page that buy something."""
    return [str(each) for each in page.select(".product-buy button")]


def private_page(lamp: ProductPage) -> ProductPage:
    """A product that only members can see."""
    restrict(lamp)
    return lamp


def alias_of_private_page(lamp: ProductPage) -> ProductPage:
    """A public alias of such a product."""
    alias = alias_of(lamp)
    restrict(lamp)
    return alias


def private_alias(lamp: ProductPage) -> ProductPage:
    """A private alias of a public product."""
    alias = alias_of(lamp)
    restrict(alias)
    return alias


def alias_of_unpublished_page(lamp: ProductPage) -> ProductPage:
    """A live alias of a product that was taken off sale."""
    alias = alias_of(lamp)
    lamp.unpublish()
    ProductPage.objects.filter(pk=alias.pk).update(live=True)
    return ProductPage.objects.get(pk=alias.pk)


@pytest.mark.parametrize(
    "arrange",
    [private_page, alias_of_private_page, private_alias, alias_of_unpublished_page],
)
def test_a_page_that_is_not_for_sale_offers_nothing(
    synced: Sandbox,
    member: Client,
    lamp: ProductPage,
    arrange: Callable[[ProductPage], ProductPage],
) -> None:
    page = arrange(lamp)
    shown = BeautifulSoup(member.get(page.url).content, "html.parser")
    assert buy_buttons(shown) == []
    assert "not for sale" in shown.select_one(".product-buy").get_text()  # type: ignore[union-attr]
    assert offer(shown) is None
    for listing in ("/", "/products/"):
        cards = BeautifulSoup(member.get(listing).content, "html.parser").select(".product-card a")
        assert page.url not in [card["href"] for card in cards]


def test_a_product_behind_a_login_cannot_be_bought(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    restrict(lamp)
    assert member.post("/checkout/", form((lamp, 1))).status_code in (400, 409)
    assert calls(synced, "POST") == []
    assert not Checkout.objects.exists()


def test_a_public_alias_sells_the_product_of_its_original(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    alias = alias_of(lamp)
    shown = BeautifulSoup(member.get(alias.url).content, "html.parser")
    assert len(buy_buttons(shown)) == 1
    assert offer(shown)["availability"] == "https://schema.org/InStock"
    assert member.post("/checkout/", form((alias, 1))).status_code == 303
    assert Checkout.objects.get().lines.get().product.translation_key == lamp.translation_key


def test_a_product_that_becomes_private_is_taken_off_sale_at_stripe(
    synced: Sandbox, lamp: ProductPage
) -> None:
    restrict(lamp)
    assert sync_catalogue() == []
    (product,) = [each for each in synced.state.find("product") if each["name"] == "Brass lamp"]
    assert product["active"] is False
