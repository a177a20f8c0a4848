"""Choices that cannot be bought as they are: a message where it belongs, and nothing happens at
Stripe.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings
from wagtail.models import PageViewRestriction

from orders.models import Checkout
from products.models import ProductIndexPage, ProductPage
from stripe_sandbox import Sandbox
from tests.conftest import calls, form, publish
from tests.orders.selling import chosen, complaints, open_page, problem

MakeProduct = Callable[..., ProductPage]


def refused(sandbox: Sandbox, response: Any, status: int = 400) -> Any:
    """Assert that nothing was bought; return the page."""
    assert response.status_code == status, response.content.decode()
    assert calls(sandbox) == []
    assert not Checkout.objects.exists()
    return response


@pytest.mark.parametrize(
    "typed", ["-1", "1.5", "abc", "100", "1000000000000", "", " ", "1e1", "٣", "9" * 5000]
)
def test_a_quantity_that_is_none_is_refused_beside_its_field(
    synced: Sandbox, member: Client, lamp: ProductPage, quilt: ProductPage, typed: str
) -> None:
    page = refused(synced, member.post("/checkout/", form((lamp, typed), (quilt, 2))))
    assert list(complaints(page)) == [str(lamp.product_key)]
    assert "99" in complaints(page)[str(lamp.product_key)]
    assert chosen(page)[str(quilt.product_key)] == "2"


def test_zero_of_the_only_product_is_refused_beside_its_field(
    synced: Sandbox, member: Client, lamp: ProductPage, quilt: ProductPage
) -> None:
    page = refused(synced, member.post("/checkout/", form((lamp, 0))))
    assert list(complaints(page)) == [str(lamp.product_key)]
    assert problem(page) == "Nothing is chosen yet."


def test_zero_of_one_product_leaves_the_other(
    synced: Sandbox, member: Client, lamp: ProductPage, quilt: ProductPage
) -> None:
    assert member.post("/checkout/", form((lamp, 0), (quilt, 1))).status_code == 303
    assert [line.name for line in Checkout.objects.get().lines.all()] == ["Quilt"]


def test_an_empty_form_is_refused(synced: Sandbox, member: Client, lamp: ProductPage) -> None:
    assert problem(refused(synced, member.post("/checkout/", {}))) == "Nothing is chosen yet."


def test_the_same_product_twice_is_one_line_of_the_sum(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    assert member.post("/checkout/", form((lamp, 1), (lamp, 2))).status_code == 303
    assert [line.quantity for line in Checkout.objects.get().lines.all()] == [3]


def test_the_same_product_twice_may_not_pass_the_limit_together(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    page = refused(synced, member.post("/checkout/", form((lamp, 50), (lamp, 50))))
    assert list(complaints(page)) == [str(lamp.product_key)]


def test_what_is_not_for_sale_is_refused_and_the_rest_of_the_choice_kept(
    synced: Sandbox,
    member: Client,
    lamp: ProductPage,
    quilt: ProductPage,
    make_product: MakeProduct,
) -> None:
    draft = ProductPage(title="Draft", price=Decimal(5), live=False)
    ProductIndexPage.objects.get().add_child(instance=draft)
    private = make_product("Private", "10.00")
    PageViewRestriction.objects.create(page=private, restriction_type=PageViewRestriction.LOGIN)
    gone = make_product("Gone", "10.00")
    gone.delete()
    hidden = publish(lamp)
    hidden.unpublish()
    for page in (draft, private, gone, hidden):
        shown = refused(synced, member.post("/checkout/", form((page, 1), (quilt, 2))))
        assert "not for sale" in problem(shown)
        assert chosen(shown) == {str(quilt.product_key): "2"}


@pytest.mark.parametrize(
    "key", ["", "7", "x" * 10_000, "7708d6b5-6b7d-4651-ab2f-edc6252978ea", "\x00"]
)
def test_an_unknown_product_is_refused(
    synced: Sandbox, member: Client, lamp: ProductPage, key: str
) -> None:
    data = {**form((lamp, 1)), "product": [key]}
    assert "not for sale" in problem(refused(synced, member.post("/checkout/", data)))


def test_a_total_that_stripe_does_not_take_is_refused(
    synced: Sandbox, member: Client, make_product: MakeProduct
) -> None:
    piano = make_product("Piano", "99999.00")
    page = refused(synced, member.post("/checkout/", form((piano, 11))))
    assert "The maximum amount is ₹9,99,999.99" in problem(page).replace("\xa0", "")
    assert chosen(page) == {str(piano.product_key): "11"}


def test_a_price_that_moved_since_the_page_was_loaded_is_asked_about_first(
    synced: Sandbox, member: Client, lamp: ProductPage, quilt: ProductPage
) -> None:
    seen = form((lamp, 2), (quilt, 1))
    lamp = publish(lamp, price="1599.00")
    page = refused(synced, member.post("/checkout/", seen), 409)
    assert list(complaints(page)) == [str(lamp.product_key)]
    assert "₹1,599.00" in complaints(page)[str(lamp.product_key)]
    assert chosen(page) == {str(lamp.product_key): "2", str(quilt.product_key): "1"}

    open_page(member, lamp, 2)
    assert Checkout.objects.get().subtotal == 319800


@pytest.mark.parametrize("amount", ["1", "", "149901", "abc", "1499.00"])
def test_a_price_is_never_taken_from_the_browser(
    synced: Sandbox, member: Client, lamp: ProductPage, amount: str
) -> None:
    page = refused(synced, member.post("/checkout/", form((lamp, 1), amount=[amount])), 409)
    assert "₹1,499.00" in complaints(page)[str(lamp.product_key)]


@pytest.mark.parametrize("currency", ["usd", "", "INR "])
def test_a_currency_that_moved_is_asked_about_first(
    synced: Sandbox, member: Client, lamp: ProductPage, currency: str
) -> None:
    page = refused(synced, member.post("/checkout/", form((lamp, 1), currency=currency)), 409)
    assert "₹1,499.00" in complaints(page)[str(lamp.product_key)]


@pytest.mark.parametrize("token", ["", "no uuid", "x" * 10_000, "\x00"])
def test_a_form_without_a_proper_token_buys_too(
    synced: Sandbox, member: Client, lamp: ProductPage, token: str
) -> None:
    data = {**form((lamp, 1)), "token": token}
    assert member.post("/checkout/", data).status_code == 303


def test_adding_up_buys_nothing(
    synced: Sandbox, member: Client, lamp: ProductPage, quilt: ProductPage
) -> None:
    page = refused(synced, member.post("/checkout/", form((lamp, 2), (quilt, 1), update="1")), 200)
    assert "₹5,497.00" in page.content.decode()


def test_a_forged_form_from_another_site_buys_nothing(
    synced: Sandbox, member: Client, lamp: ProductPage, settings: Settings
) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = member.cookies
    refused(synced, browser.post("/checkout/", form((lamp, 1))), 403)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "product=x&quantity=1",
        "quantity=5",
        "product=&quantity=",
        "product=%00&quantity=%ff",
        "product=a&product=b",
    ],
)
def test_any_address_of_the_review_page_shows_it(
    synced: Sandbox, member: Client, lamp: ProductPage, query: str
) -> None:
    page = refused(synced, member.get(f"/checkout/?{query}"), 200)
    assert chosen(page) == {}


def test_the_review_page_shows_the_choice_of_its_address(
    synced: Sandbox, member: Client, lamp: ProductPage, quilt: ProductPage
) -> None:
    address = (
        f"/checkout/?product={lamp.product_key}&quantity=2&product={quilt.product_key}&quantity=abc"
    )
    page = refused(synced, member.get(address), 200)
    assert chosen(page) == {str(lamp.product_key): "2", str(quilt.product_key): "abc"}
    assert list(complaints(page)) == [str(quilt.product_key)]
