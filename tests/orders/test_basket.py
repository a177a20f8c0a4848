"""The basket: filling it, changing it, and paying for what can be bought as it is.

For every refusal, nothing happens at Stripe.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from pytest_django import Settings
from wagtail.models import PageViewRestriction

from orders import policy
from orders.models import Checkout
from products.models import ProductIndexPage, ProductPage
from stripe_sandbox import Sandbox
from tests.conftest import calls, form, publish
from tests.orders.selling import (
    chosen,
    complaints,
    open_page,
    problem,
    text_of,
)

MakeProduct = Callable[..., ProductPage]


def refused(sandbox: Sandbox, response: Any, status: int = 400) -> Any:
    """Assert that nothing was bought; return the page."""
    assert response.status_code == status, response.content.decode()
    assert calls(sandbox) == []
    assert not Checkout.objects.exists()
    return response


@pytest.mark.parametrize(
    "typed", ["-1", "1.5", "abc", "100", "1000000000000", "", " ", "1e1", "9" * 5000]
)
def test_an_invalid_quantity_is_refused_on_its_line(
    synced: Sandbox, member: Client, lamp: ProductPage, quilt: ProductPage, typed: str
) -> None:
    page = refused(synced, member.post("/checkout/", form((lamp, typed), (quilt, 2))))
    assert list(complaints(page)) == [str(lamp.product_key)]
    assert "99" in complaints(page)[str(lamp.product_key)]
    assert chosen(page)[str(quilt.product_key)] == "2"


@pytest.mark.parametrize("quantity", [0, "00"])
def test_paying_for_nothing_shows_the_empty_basket(
    synced: Sandbox, member: Client, lamp: ProductPage, quantity: Any
) -> None:
    page = refused(synced, member.post("/checkout/", form((lamp, quantity))))
    assert "Your basket is empty." in text_of(page)
    assert chosen(page) == {} and b"data-pay" not in page.content


def test_zero_of_one_product_leaves_the_other(
    synced: Sandbox, member: Client, lamp: ProductPage, quilt: ProductPage
) -> None:
    assert member.post("/checkout/", form((lamp, 0), (quilt, 1))).status_code == 303
    assert [line.name for line in Checkout.objects.get().lines.all()] == ["Quilt"]


def test_an_empty_form_shows_the_empty_basket(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    assert "Your basket is empty." in text_of(refused(synced, member.post("/checkout/", {})))


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
        assert "no longer for sale" in problem(shown)
        assert chosen(shown) == {str(quilt.product_key): "2"}


@pytest.mark.parametrize(
    "key", ["", "7", "x" * 10_000, "7708d6b5-6b7d-4651-ab2f-edc6252978ea", "\x00"]
)
def test_an_unknown_product_is_refused(
    synced: Sandbox, member: Client, lamp: ProductPage, key: str
) -> None:
    data = {**form((lamp, 1)), "product": [key]}
    assert "no longer for sale" in problem(refused(synced, member.post("/checkout/", data)))


def test_a_total_that_stripe_does_not_take_is_refused(
    synced: Sandbox, member: Client, make_product: MakeProduct
) -> None:
    piano = make_product("Piano", "99999.00")
    page = refused(synced, member.post("/checkout/", form((piano, 11))))
    assert "The maximum amount is ₹9,99,999.99" in problem(page).replace("\xa0", "")
    assert chosen(page) == {str(piano.product_key): "11"}


def test_more_than_a_hundred_products_are_refused_before_stripe_is_asked(
    synced: Sandbox, member: Client
) -> None:
    index = ProductIndexPage.objects.get()
    pages = [
        # Without a revision each, which would take most of the time.
        index.add_child(instance=ProductPage(title=f"Bowl {number}", price=Decimal(10)))
        for number in range(policy.MAX_LINES + 1)
    ]
    page = refused(synced, member.post("/checkout/", form(*((page, 1) for page in pages))))
    assert problem(page) == "An order can have at most 100 different products. Remove some to pay."
    assert len(chosen(page)) == 101
    assert member.post("/checkout/", form(*((page, 1) for page in pages[1:]))).status_code == 303
    assert Checkout.objects.get().lines.count() == 100


def changes(page: Any) -> list[str]:
    """The lines of the message about changed prices."""
    items = BeautifulSoup(page.content, "html.parser").select("[role=alert] li")
    return [" ".join(item.get_text(" ", strip=True).split()) for item in items]


def test_a_changed_price_is_shown_with_the_old_one_before_anything_is_charged(
    synced: Sandbox, member: Client, lamp: ProductPage, quilt: ProductPage
) -> None:
    seen = form((lamp, 2), (quilt, 1))
    lamp = publish(lamp, price="1599.00")
    page = refused(synced, member.post("/checkout/", seen), 409)
    assert changes(page) == ["Brass lamp: was ₹1,499.00 now ₹1,599.00"]
    assert "Pay the new total: ₹5,697.00" in text_of(page)
    assert complaints(page) == {}
    assert chosen(page) == {str(lamp.product_key): "2", str(quilt.product_key): "1"}

    open_page(member, lamp, 2)
    assert Checkout.objects.get().subtotal == 319800


@pytest.mark.parametrize(
    ("amount", "old"),
    [
        ("1", "was ₹0.01 "),
        ("149901", "was ₹1,499.01 "),
        ("", ""),
        ("abc", ""),
        ("1499.00", "was ₹14.99 "),
    ],
)
def test_a_price_is_never_taken_from_the_browser(
    synced: Sandbox, member: Client, lamp: ProductPage, amount: str, old: str
) -> None:
    page = refused(synced, member.post("/checkout/", form((lamp, 1), amount=[amount])), 409)
    assert changes(page) == [f"Brass lamp: {old}now ₹1,499.00"]


@pytest.mark.parametrize("currency", ["usd", "", "INR "])
def test_a_changed_currency_is_shown_before_anything_is_charged(
    synced: Sandbox, member: Client, lamp: ProductPage, currency: str
) -> None:
    page = refused(synced, member.post("/checkout/", form((lamp, 1), currency=currency)), 409)
    assert changes(page) == ["Brass lamp: now ₹1,499.00"]


@pytest.mark.parametrize("token", ["", "not-a-uuid", "x" * 10_000, "\x00"])
def test_a_form_without_a_valid_token_can_be_paid_for(
    synced: Sandbox, member: Client, lamp: ProductPage, token: str
) -> None:
    data = {**form((lamp, 1)), "token": token}
    assert member.post("/checkout/", data).status_code == 303


def test_a_form_from_another_site_buys_nothing(
    synced: Sandbox, member: Client, lamp: ProductPage, settings: Settings
) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = member.cookies
    refused(synced, browser.post("/checkout/", form((lamp, 1))), 403)
