"""The other pages of buying: cancelled, My orders, and the buttons that fill the basket."""

import uuid
from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup
from django.test import Client, RequestFactory
from django.utils import timezone

from orders.models import Checkout, Order
from products.models import ProductPage
from stripe_sandbox import Sandbox
from tests.conftest import deliver, form
from tests.orders.selling import buy, chosen, fill, only_order, open_page, press
from users.models import User

Browser = Callable[[User], Client]


@pytest.fixture
def stranger(client_of: Browser, db: None) -> Client:
    return client_of(User.objects.create_user("stranger@example.com", "a-long-password"))


def test_somebody_elses_cancelled_checkout_is_not_shown(
    synced: Sandbox, member: Client, stranger: Client, lamp: ProductPage
) -> None:
    open_page(member, lamp, 2)
    page = stranger.get("/checkout/cancelled/", {"checkout": str(Checkout.objects.get().pk)})
    assert (page.status_code, page["Location"]) == (302, "/checkout/")


@pytest.mark.parametrize("key", ["", "x", str(uuid.UUID(int=7)), "\x00", "9" * 9000])
def test_a_cancelled_checkout_that_does_not_exist_leads_to_the_basket(
    member: Client, key: str
) -> None:
    assert member.get("/checkout/cancelled/", {"checkout": key})["Location"] == "/checkout/"


def test_cancelled_after_it_was_paid_leads_to_the_order(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    buy(synced, member, lamp)
    deliver(synced)
    page = member.get("/checkout/cancelled/", {"checkout": str(Checkout.objects.get().pk)})
    assert page["Location"] == only_order().get_absolute_url()


def test_a_cancelled_checkout_leaves_out_what_is_no_longer_for_sale(
    synced: Sandbox, member: Client, lamp: ProductPage, quilt: ProductPage
) -> None:
    member.post("/checkout/", form((lamp, 2), (quilt, 1)))
    ProductPage.objects.get(pk=quilt.pk).unpublish()
    page = member.get("/checkout/cancelled/", {"checkout": str(Checkout.objects.get().pk)})
    assert chosen(page) == {str(lamp.product_key): "2"}


def test_my_orders_shows_ones_own_only(
    synced: Sandbox, member: Client, stranger: Client, lamp: ProductPage
) -> None:
    buy(synced, member, lamp)
    deliver(synced)
    order = only_order()
    for address, own, other in (("/orders/", 200, 200), (order.get_absolute_url(), 200, 404)):
        assert member.get(address).status_code == own
        assert stranger.get(address).status_code == other
    assert order.number in member.get("/orders/").content.decode()
    assert order.number not in stranger.get("/orders/").content.decode()
    for address in ("/orders/", order.get_absolute_url()):
        assert Client().get(address)["Location"].startswith("/accounts/login/")
        assert "no-store" in member.get(address)["Cache-Control"]


@pytest.mark.parametrize("number", ["UNKNOWN0", "x", "0" * 300])
def test_an_unknown_order_is_not_found(member: Client, number: str) -> None:
    assert member.get(f"/orders/{number}/").status_code == 404


@pytest.mark.parametrize(
    ("page", "shown"), [("", 1), ("1", 1), ("2", 2), ("x", 1), ("0", 2), ("-1", 2), ("9999", 2)]
)
def test_my_orders_has_pages_and_survives_any_number(
    member: Client, shopper: User, page: str, shown: int
) -> None:
    Order.objects.bulk_create(
        Order(
            number=f"{number:08}",
            user=shopper,
            account="acct_1",
            livemode=False,
            session_id=f"cs_test_{number}",
            currency="inr",
            subtotal=100,
            total=100,
            session_created_at=timezone.now(),
            placed_at=timezone.now(),
        )
        for number in range(21)
    )
    answer = member.get("/orders/", {"page": page})
    assert answer.status_code == 200
    assert f"Page {shown} of 2" in answer.content.decode()
    assert ("00000000" in answer.content.decode()) == (shown == 2)  # the oldest


def test_the_thanks_are_said_once(synced: Sandbox, member: Client, lamp: ProductPage) -> None:
    session_id = buy(synced, member, lamp)
    page = member.get("/checkout/success/", {"session_id": session_id})
    assert "Thank you" in member.get(page["Location"]).content.decode()
    assert "Thank you" not in member.get(page["Location"]).content.decode()


def test_buy_again_leads_to_the_same_choice(
    synced: Sandbox, member: Client, lamp: ProductPage, quilt: ProductPage
) -> None:
    synced.pay(member.post("/checkout/", form((lamp, 2), (quilt, 1)))["Location"].rsplit("/", 1)[1])
    deliver(synced)
    assert (
        press(member, member.get(only_order().get_absolute_url()), "Buy again").status_code == 303
    )
    assert chosen(member.get("/checkout/")) == {
        str(lamp.product_key): "2",
        str(quilt.product_key): "1",
    }


@pytest.mark.parametrize("is_member", [False, True])
def test_the_product_page_adds_to_the_basket_without_a_token(
    synced: Sandbox, member: Client, lamp: ProductPage, is_member: bool
) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = member.cookies if is_member else browser.cookies
    page = browser.get(lamp.url)
    assert is_member or not page.cookies
    assert press(browser, page, "Add to basket")["Location"] == "/checkout/"
    assert chosen(browser.get("/checkout/")) == {str(lamp.product_key): "1"}


def test_the_basket_page_pays_with_its_own_form(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = member.cookies
    fill(browser, (lamp, 2))
    assert press(browser, browser.get("/checkout/"), "Pay").status_code == 303
    assert Checkout.objects.get().subtotal == 299800


@pytest.mark.parametrize("price", ["1499.00", None])
def test_add_to_basket_is_disabled_in_an_editors_preview(
    lamp: ProductPage, rf: RequestFactory, price: str | None
) -> None:
    if price is None:
        lamp.price = None  # a draft that has none yet
    preview = lamp.make_preview_request(rf.get("/"), lamp.default_preview_mode)
    assert preview.status_code == 200
    page = BeautifulSoup(preview.render().content, "html.parser")
    assert page.select("form[action='/basket/']") == []
    (button,) = [each for each in page.select("button") if "Add to basket" in each.get_text()]
    assert button.has_attr("disabled")
