"""The basket in the Django session: filling it, changing it, and what leaves it."""

from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from orders import policy
from orders.models import Checkout
from products.models import ProductPage
from stripe_sandbox import Sandbox
from tests.conftest import calls, deliver, form
from tests.orders.selling import (
    buy,
    chosen,
    complaints,
    fill,
    problem,
    success,
    text_of,
)
from users.models import User

MakeProduct = Callable[..., ProductPage]


def test_products_are_added_up_and_survive_the_login(
    synced: Sandbox, shopper: User, lamp: ProductPage, quilt: ProductPage
) -> None:
    browser = Client()
    fill(browser, (lamp, 1))
    fill(browser, (quilt, 1))
    added = fill(browser, (lamp, 2))
    assert (added.status_code, added["Location"]) == (303, "/checkout/")
    assert list(browser.cookies) == ["sessionid"]
    page = browser.get("/checkout/")
    assert chosen(page) == {str(lamp.product_key): "3", str(quilt.product_key): "1"}
    assert "Total ₹6,996.00" in text_of(page) and "Log in and pay" in text_of(page)
    assert list(browser.cookies) == ["sessionid"]

    to_login = fill(browser, (lamp, 2), (quilt, 1), login="1")
    assert to_login["Location"] == "/accounts/login/?next=/checkout/"
    credentials = {"login": "shopper@example.com", "password": "a-long-password"}
    page = browser.get(browser.post(to_login["Location"], credentials)["Location"])
    assert chosen(page) == {str(lamp.product_key): "2", str(quilt.product_key): "1"}
    assert "Pay ₹5,497.00" in text_of(page)
    assert calls(synced) == [] and not Checkout.objects.exists()


def test_paying_after_being_logged_out_keeps_the_basket(synced: Sandbox, lamp: ProductPage) -> None:
    browser = Client()
    page = browser.post("/checkout/", form((lamp, 2)))
    assert page.status_code == 302 and not Checkout.objects.exists()
    assert page["Location"] == "/accounts/login/?next=/checkout/"
    assert chosen(browser.get("/checkout/")) == {str(lamp.product_key): "2"}


def count(browser: Client) -> str:
    """The number beside “Basket” in the header."""
    found = BeautifulSoup(browser.get("/").content, "html.parser").select_one(".basket-count")
    return found.get_text(" ", strip=True) if found else ""


def test_the_header_counts_what_is_in_the_basket(
    synced: Sandbox, lamp: ProductPage, quilt: ProductPage
) -> None:
    browser = Client()
    assert count(browser) == ""
    fill(browser, (lamp, 1))
    assert count(browser) == "1 item"
    fill(browser, (quilt, 2))
    assert count(browser) == "3 items"
    fill(browser, (quilt, "abc"), (lamp, 1), change="1")
    assert count(browser) == "1 item"


def test_lines_are_changed_and_removed(
    synced: Sandbox, member: Client, lamp: ProductPage, quilt: ProductPage
) -> None:
    fill(member, (lamp, 1), (quilt, 1))
    assert fill(member, (lamp, 5), (quilt, 1), change="1").status_code == 303
    assert chosen(member.get("/checkout/"))[str(lamp.product_key)] == "5"
    fill(member, (lamp, 5), (quilt, 1), remove=str(lamp.product_key))
    assert chosen(member.get("/checkout/")) == {str(quilt.product_key): "1"}
    fill(member, (quilt, 0), change="1")
    assert "Your basket is empty." in text_of(member.get("/checkout/"))
    assert calls(synced) == []


def test_an_invalid_quantity_is_kept_and_shown_on_its_line(
    synced: Sandbox, member: Client, lamp: ProductPage, quilt: ProductPage
) -> None:
    fill(member, (lamp, 2), (quilt, "abc"), change="1")
    page = member.get("/checkout/")
    assert chosen(page) == {str(lamp.product_key): "2", str(quilt.product_key): "abc"}
    assert complaints(page) == {str(quilt.product_key): "Enter a whole number from 0 to 99."}
    assert "Total –" in text_of(page)


def test_adding_past_the_maximum_is_shown_on_the_line(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    fill(member, (lamp, 60))
    fill(member, (lamp, 60))
    page = member.get("/checkout/")
    assert chosen(page) == {str(lamp.product_key): "120"}
    assert list(complaints(page)) == [str(lamp.product_key)]


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"product": "x", "quantity": "1"},
        {"quantity": "5"},
        {"product": "", "quantity": ""},
        {"product": "\x00", "quantity": "\ud83d"},
        {"product": ["7708d6b5-6b7d-4651-ab2f-edc6252978ea"] * 5000, "quantity": ["1"] * 5000},
        {"product": "7708d6b5-6b7d-4651-ab2f-edc6252978ea", "remove": "\x00"},
    ],
)
def test_nonsense_adds_nothing(
    synced: Sandbox, member: Client, lamp: ProductPage, data: dict[str, Any]
) -> None:
    sent = member.post(
        "/basket/",
        "&".join(
            f"{name}={value}"
            for name, values in data.items()
            for value in ([values] if isinstance(values, str) else values)
        ).encode("utf-8", "surrogatepass"),
        content_type="application/x-www-form-urlencoded",
        headers={"Origin": "http://testserver"},
    )
    assert sent.status_code == 303
    assert chosen(member.get("/checkout/")) == {}
    assert len(member.session.get("basket", {})) == 0


def test_a_basket_remembers_two_hundred_products_at_most(member: Client) -> None:
    for start in (0, 150):
        keys = [f"7708d6b5-6b7d-4651-ab2f-{number:012}" for number in range(start, start + 150)]
        data = {"product": keys, "quantity": ["1"] * 150}
        member.post("/basket/", data, headers={"Origin": "http://testserver"})
    assert len(member.session["basket"]) == policy.MAX_STORED_LINES
    assert chosen(member.get("/checkout/")) == {}
    assert member.session["basket"] == {}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Referer": "https://evil.example/http://testserver/"},
        {"Referer": "http://testserver.evil.example/"},
        {"Referer": "http://["},
        {"Origin": "null", "Referer": "http://testserver/"},
        {"Sec-Fetch-Site": "cross-site", "Referer": "http://testserver/"},
    ],
)
def test_a_request_from_another_site_does_not_change_the_basket(
    lamp: ProductPage, headers: dict[str, str]
) -> None:
    browser = Client()
    fill(browser, (lamp, 1))
    data = {"product": str(lamp.product_key), "quantity": "5", "change": "1"}
    answer = browser.post("/basket/", data, headers=headers)
    assert answer.status_code == 403
    assert "This form was not sent from our site" in text_of(answer)
    assert browser.session["basket"] == {str(lamp.product_key): "1"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "same-origin"},
        {"Origin": "http://testserver"},
        {"Referer": "http://testserver/products/brass-lamp/"},
        {"Origin": "https://shop.example"},  # SITE_URL, behind a proxy that ends TLS
    ],
)
def test_a_request_from_our_own_pages_changes_the_basket(
    lamp: ProductPage, headers: dict[str, str], settings: Settings
) -> None:
    settings.SITE_URL = "https://shop.example"
    browser = Client(enforce_csrf_checks=True)
    data = {"product": str(lamp.product_key), "quantity": "5"}
    assert browser.post("/basket/", data, headers=headers).status_code == 303
    assert browser.session["basket"] == {str(lamp.product_key): "5"}


def test_only_a_post_changes_the_basket(lamp: ProductPage) -> None:
    data = {"product": str(lamp.product_key), "quantity": "5"}
    answer = Client().get("/basket/", data, headers={"Origin": "http://testserver"})
    assert answer.status_code == 405
    assert not answer.cookies


def test_a_product_that_is_no_longer_for_sale_leaves_the_basket_with_a_message(
    synced: Sandbox, member: Client, lamp: ProductPage, quilt: ProductPage
) -> None:
    fill(member, (lamp, 2), (quilt, 1))
    ProductPage.objects.get(pk=lamp.pk).unpublish()
    page = member.get("/checkout/")
    assert chosen(page) == {str(quilt.product_key): "1"}
    assert "It has been removed from your basket." in problem(page)
    assert problem(member.get("/checkout/")) == ""


def test_what_has_been_paid_leaves_the_basket_and_what_was_added_since_stays(
    synced: Sandbox, member: Client, lamp: ProductPage, quilt: ProductPage
) -> None:
    fill(member, (lamp, 2))
    session_id = buy(synced, member, lamp, 2)
    fill(member, (lamp, 1), (quilt, 1))
    assert chosen(member.get("/checkout/"))[str(lamp.product_key)] == "3"  # not paid yet
    for _ in range(2):
        assert success(member, session_id).status_code == 303
        page = member.get("/checkout/")
        assert chosen(page) == {str(lamp.product_key): "1", str(quilt.product_key): "1"}


def test_what_was_entered_after_a_payment_stays_in_the_basket(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    buy(synced, member, lamp, 2)
    fill(member, (lamp, 3), change="1")
    deliver(synced)
    assert chosen(member.get("/checkout/")) == {str(lamp.product_key): "3"}


def test_what_has_been_paid_leaves_the_basket_without_the_success_page(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    buy(synced, member, lamp, 2)
    deliver(synced)
    assert "Your basket is empty." in text_of(member.get("/checkout/"))


def test_a_basket_of_many_products_costs_as_many_queries_as_one_of_two(
    member: Client,
    lamp: ProductPage,
    quilt: ProductPage,
    make_product: MakeProduct,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    fill(member, (lamp, 1), (quilt, 1))
    with django_assert_max_num_queries(12) as queries:
        member.get("/checkout/")
    for_two = len(queries)
    fill(member, *((make_product(f"Bowl {number}", "10.00"), 1) for number in range(20)))
    with django_assert_max_num_queries(for_two):
        assert len(chosen(member.get("/checkout/"))) == 22
