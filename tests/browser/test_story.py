"""The story of the shop, told by a real browser, with and without JavaScript."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from orders.models import Checkout, Order
from products.sync import sync_catalogue
from stripe_sandbox import Sandbox
from tests.browser.conftest import PASSWORD, lamp, open_page


def log_in(page: Page, email: str) -> None:
    """Fill in the login form that is open."""
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Log in").click()


def pay(page: Page, number: str = "4242 4242 4242 4242") -> None:
    """Fill in the payment page's form for cards."""
    card = page.locator("form", has=page.locator("[name=number]"))
    card.locator("[name=number]").fill(number)
    card.locator("[name=expiry]").fill("12 / 34")
    card.locator("[name=cvc]").fill("123")
    card.locator("[name=name]").fill("Test Shopper")
    card.get_by_role("button", name=re.compile("Pay")).click()


def pay_from_bank(page: Page, account: str) -> None:
    """Unfold and fill in the payment page's form for bank debits."""
    page.get_by_text("Pay from a bank account instead").click()
    bank = page.locator("form", has=page.locator("[name=account]"))
    bank.locator("[name=account]").fill(account)
    bank.locator("[name=name]").fill("Test Shopper")
    bank.get_by_role("button", name=re.compile("Pay")).click()


@pytest.mark.parametrize("javascript", [True, False], ids=["with-js", "without-js"])
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_a_visitor_buys_two_lamps_and_finds_them_under_my_orders(
    chromium: Browser, live_server: LiveServer, shop: Sandbox, javascript: bool, phone: bool
) -> None:
    page = open_page(chromium, base_url=live_server.url, javascript=javascript, phone=phone)
    page.goto("/")
    page.get_by_role("link", name="Brass lamp").first.click()
    page.get_by_label("Quantity").fill("2")
    page.get_by_role("main").get_by_role("button", name="Buy").first.click()
    log_in(page, "shopper@example.com")
    expect(page.get_by_label("Quantity of Brass lamp")).to_have_value("2")
    page.get_by_role("button", name="Pay ₹2,998.00").click()

    expect(page.get_by_text("no money is charged").first).to_be_visible()
    pay(page)
    page.wait_for_url(re.compile(r"/orders/[0-9A-Z]{8}/$"))
    order = Order.objects.get()
    expect(page.get_by_role("main")).to_contain_text(order.number)
    expect(page.get_by_role("main")).to_contain_text("₹2,998.00")

    page.goto("/")
    expect(page.locator("#my-orders")).to_contain_text(order.number)
    assert (order.total, order.lines.get().quantity) == (299800, 2)


def test_a_bank_debit_is_under_way_until_its_page_ends_in_the_order_by_itself(
    chromium: Browser, live_server: LiveServer, shop: Sandbox
) -> None:
    page = open_page(chromium, base_url=live_server.url, javascript=False, phone=True)
    page.goto("/accounts/login/?next=/products/quilt/")
    log_in(page, "shopper@example.com")
    page.get_by_role("main").get_by_role("button", name="Buy").first.click()
    pay_from_bank(page, "000000000009")
    expect(page.get_by_role("heading", name="Your payment is on its way")).to_be_visible()
    elsewhere = page.context.new_page()
    elsewhere.goto("/orders/")
    expect(elsewhere.get_by_role("main")).to_contain_text("Payment is on its way, no order yet")
    assert not Order.objects.exists()
    shop.settle(str(Checkout.objects.get().session_id))
    # No click: the page looks again by itself.
    page.wait_for_url(re.compile(r"/orders/[0-9A-Z]{8}/$"))
    expect(page.get_by_role("main")).to_contain_text("₹2,499.00")


def test_a_bank_that_does_not_pay_is_told_of_and_the_choice_can_be_made_again(
    chromium: Browser, live_server: LiveServer, shop: Sandbox
) -> None:
    page = open_page(chromium, base_url=live_server.url)
    page.goto("/accounts/login/?next=/products/quilt/")
    log_in(page, "shopper@example.com")
    page.get_by_role("main").get_by_role("button", name="Buy").first.click()
    pay_from_bank(page, "000000000009")
    shop.fail(str(Checkout.objects.get().session_id))
    expect(page.get_by_role("heading", name="Payment failed")).to_be_visible(timeout=15_000)
    page.get_by_role("link", name="Choose again").click()
    expect(page.get_by_label("Quantity of Quilt")).to_have_value("1")
    assert not Order.objects.exists()


def test_a_declined_card_charges_nothing_and_cancel_keeps_the_choice(
    chromium: Browser, live_server: LiveServer, shop: Sandbox
) -> None:
    page = open_page(chromium, base_url=live_server.url)
    page.goto("/accounts/login/?next=/products/brass-lamp/")
    log_in(page, "shopper@example.com")
    page.get_by_label("Quantity").fill("3")
    page.get_by_role("main").get_by_role("button", name="Buy").first.click()
    pay(page, "4000 0000 0000 0002")
    expect(page.locator("#number-error")).to_contain_text("declined")
    pay(page, "4000 0000 0000 9995")
    expect(page.locator("#number-error")).to_contain_text("insufficient funds")
    page.get_by_role("link", name=re.compile("Cancel")).click()
    expect(page.get_by_text("Payment cancelled. Nothing was charged.")).to_be_visible()
    expect(page.get_by_label("Quantity of Brass lamp")).to_have_value("3")
    assert not Order.objects.exists()


def test_back_after_paying_leads_to_the_order_and_not_to_a_second_payment(
    chromium: Browser, live_server: LiveServer, shop: Sandbox
) -> None:
    page = open_page(chromium, base_url=live_server.url)
    page.goto("/accounts/login/?next=/checkout/")
    log_in(page, "shopper@example.com")
    page.get_by_label("Quantity of Quilt").fill("1")
    page.get_by_role("button", name=re.compile("^Pay")).click()
    pay(page)
    page.wait_for_url(re.compile(r"/orders/"))
    page.go_back()
    page.go_back()
    expect(page.get_by_role("heading", name="Basket your order")).to_be_visible()
    page.get_by_label("Quantity of Quilt").fill("1")
    page.get_by_role("button", name=re.compile("^Pay")).click()
    page.wait_for_url(re.compile(r"/orders/"))
    assert Order.objects.count() == 1


def test_an_editor_raises_the_price_and_the_order_keeps_the_old_one(
    chromium: Browser, live_server: LiveServer, shop: Sandbox
) -> None:
    shopper = open_page(chromium, base_url=live_server.url)
    shopper.goto("/accounts/login/?next=/products/brass-lamp/")
    log_in(shopper, "shopper@example.com")
    shopper.get_by_role("main").get_by_role("button", name="Buy").first.click()
    pay(shopper)
    shopper.wait_for_url(re.compile(r"/orders/"))
    order_url = shopper.url

    editor = open_page(chromium, base_url=live_server.url)
    editor.goto("/admin/")
    log_in(editor, "admin@example.com")
    editor.goto(f"/admin/pages/{lamp().pk}/edit/")
    editor.locator("#id_price").fill("1749.50")
    editor.get_by_role("button", name="More actions").click()
    editor.get_by_role("button", name="Publish", exact=True).click()
    expect(editor.get_by_text(re.compile("published")).first).to_be_visible()
    assert lamp().unit_amount == 174950
    assert sync_catalogue() == []

    shopper.goto("/")
    expect(shopper.get_by_role("main")).to_contain_text("₹1,749.50")
    shopper.goto(order_url)
    expect(shopper.get_by_role("main")).to_contain_text("₹1,499.00")
    editor.goto("/admin/orders/")
    expect(editor.get_by_role("main")).to_contain_text("₹1,499.00")
