"""What shoppers and editors do, in a real browser, with and without JavaScript."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from orders import policy
from orders.models import Checkout, Order
from products.sync import sync_catalogue
from stripe_sandbox import Sandbox
from tests.browser.conftest import PASSWORD, lamp, open_page
from tests.conftest import publish


def add_to_basket(page: Page) -> None:
    """Press the button of the product page that is open."""
    page.locator(".product-buy").get_by_role("button", name="Add to basket").click()


def pay_for_basket(page: Page) -> None:
    """Press Pay on the basket page that is open."""
    page.get_by_role("button", name=re.compile("^Pay")).click()


def log_in(page: Page, email: str) -> None:
    """Fill in the login form that is open."""
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Log in").click()


def start_paying(page: Page, slug: str) -> None:
    """Log in, put one product into the basket, and press Pay."""
    page.goto(f"/accounts/login/?next=/products/{slug}/")
    log_in(page, "shopper@example.com")
    add_to_basket(page)
    pay_for_basket(page)


def enter_address(form: Locator) -> None:
    """Fill in where the goods go."""
    form.locator("[name=shipping_name]").fill("Test Shopper")
    form.locator("[name=line1]").fill("12 MG Road")
    form.locator("[name=city]").fill("Bengaluru")
    form.locator("[name=postal_code]").fill("560001")


def pay(page: Page, number: str = "4242 4242 4242 4242") -> None:
    """Fill in the payment page's form for cards."""
    card = page.locator("form", has=page.locator("[name=number]"))
    enter_address(card)
    card.locator("[name=number]").fill(number)
    card.locator("[name=expiry]").fill("12 / 34")
    card.locator("[name=cvc]").fill("123")
    card.locator("[name=name]").fill("Test Shopper")
    card.get_by_role("button", name=re.compile("Pay")).click()


def pay_from_bank(page: Page, account: str) -> None:
    """Unfold and fill in the payment page's form for bank debits."""
    page.get_by_text("Pay from a bank account instead").click()
    bank = page.locator("form", has=page.locator("[name=account]"))
    enter_address(bank)
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
    add_to_basket(page)
    expect(page.locator(".basket-count")).to_contain_text("2")
    page.get_by_role("button", name="Log in and pay").click()
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


def test_a_bank_debit_is_waited_for_and_its_order_can_be_found_without_javascript(
    chromium: Browser, live_server: LiveServer, shop: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A fast machine clicks before the shop asks Stripe again.
    monkeypatch.setattr(policy, "PROCESSING_PAUSE", timedelta(0))
    monkeypatch.setattr(policy, "SUCCESS_PAGE_PAUSE", timedelta(0))
    page = open_page(chromium, base_url=live_server.url, javascript=False, phone=True)
    start_paying(page, "quilt")
    pay_from_bank(page, "000000000009")
    expect(page.get_by_role("heading", name="Your bank is processing the payment")).to_be_visible()
    elsewhere = page.context.new_page()
    elsewhere.goto("/orders/")
    expect(elsewhere.get_by_role("main")).to_contain_text("Payment processing")
    assert not Order.objects.exists()
    shop.settle(str(Checkout.objects.get().session_id))
    page.get_by_role("button", name="Check status").click()
    page.wait_for_url(re.compile(r"/orders/[0-9A-Z]{8}/$"))
    expect(page.get_by_role("main")).to_contain_text("₹2,499.00")


def test_the_waiting_page_finds_out_without_a_click(
    chromium: Browser, live_server: LiveServer, shop: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy, "PROCESSING_PAUSE", timedelta(seconds=1))
    monkeypatch.setattr(policy, "SUCCESS_PAGE_PAUSE", timedelta(seconds=1))
    page = open_page(chromium, base_url=live_server.url)
    start_paying(page, "quilt")
    pay_from_bank(page, "000000000009")
    expect(page.get_by_role("heading", name="Your bank is processing")).to_be_visible()
    assert not Order.objects.exists()
    shop.settle(str(Checkout.objects.get().session_id))
    page.wait_for_url(re.compile(r"/orders/[0-9A-Z]{8}/$"))
    expect(page.get_by_role("main")).to_contain_text("₹2,499.00")


def test_after_a_bank_has_refused_a_debit_the_products_can_be_bought_again(
    chromium: Browser, live_server: LiveServer, shop: Sandbox
) -> None:
    page = open_page(chromium, base_url=live_server.url)
    start_paying(page, "quilt")
    pay_from_bank(page, "000000000009")
    expect(page.get_by_role("heading", name="Your bank is processing")).to_be_visible()
    shop.fail(str(Checkout.objects.get().session_id))
    page.get_by_role("button", name="Check status").click()
    expect(page.get_by_role("heading", name="Payment failed")).to_be_visible()
    page.get_by_role("button", name="Put these products back in the basket").click()
    expect(page.get_by_label("Quantity of Quilt")).to_have_value("1")
    assert not Order.objects.exists()


@pytest.mark.parametrize("javascript", [True, False], ids=["with-js", "without-js"])
def test_several_products_are_chosen_changed_and_bought_in_one_order(
    chromium: Browser, live_server: LiveServer, shop: Sandbox, javascript: bool
) -> None:
    page = open_page(chromium, base_url=live_server.url, javascript=javascript)
    page.goto("/accounts/login/?next=/products/")
    log_in(page, "shopper@example.com")
    for name in ("Brass lamp", "Quilt", "Tea set"):
        page.goto("/products/")
        page.get_by_role("button", name=f"Add to basket: {name}").click()
    page.get_by_role("button", name="Remove Quilt").click()
    page.get_by_label("Quantity of Tea set").fill("3")
    if not javascript:
        page.get_by_role("button", name="Update basket").click()
    expect(page.locator("[data-total]")).to_have_text("₹4,197.50")
    page.get_by_role("button", name="Pay ₹4,197.50").click()
    pay(page)
    page.wait_for_url(re.compile(r"/orders/[0-9A-Z]{8}/$"))
    assert Order.objects.get().summary == "1 × Brass lamp, 3 × Tea set"
    page.goto("/checkout/")
    expect(page.get_by_text("Your basket is empty.")).to_be_visible()


def test_enter_in_a_quantity_updates_the_basket_and_does_not_pay(
    chromium: Browser, live_server: LiveServer, shop: Sandbox
) -> None:
    page = open_page(chromium, base_url=live_server.url)
    page.goto("/accounts/login/?next=/products/quilt/")
    log_in(page, "shopper@example.com")
    add_to_basket(page)
    page.get_by_label("Quantity of Quilt").fill("4")
    page.get_by_label("Quantity of Quilt").press("Enter")
    expect(page.locator(".basket-count")).to_contain_text("4")
    assert not Checkout.objects.exists()


def test_a_changed_price_is_shown_and_paid_with_one_more_click(
    chromium: Browser, live_server: LiveServer, shop: Sandbox
) -> None:
    page = open_page(chromium, base_url=live_server.url)
    page.goto("/accounts/login/?next=/products/brass-lamp/")
    log_in(page, "shopper@example.com")
    add_to_basket(page)
    publish(lamp(), price="1599.00")
    pay_for_basket(page)
    expect(page.get_by_role("alert")).to_contain_text("₹1,499.00")
    page.get_by_role("button", name="Pay the new total: ₹1,599.00").click()
    pay(page)
    page.wait_for_url(re.compile(r"/orders/[0-9A-Z]{8}/$"))
    assert Order.objects.get().total == 159900


def test_a_declined_card_charges_nothing_and_cancel_keeps_the_basket(
    chromium: Browser, live_server: LiveServer, shop: Sandbox
) -> None:
    page = open_page(chromium, base_url=live_server.url)
    page.goto("/accounts/login/?next=/products/brass-lamp/")
    log_in(page, "shopper@example.com")
    page.get_by_label("Quantity").fill("3")
    add_to_basket(page)
    pay_for_basket(page)
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
    start_paying(page, "quilt")
    pay(page)
    page.wait_for_url(re.compile(r"/orders/"))
    page.go_back()
    page.go_back()
    expect(page.get_by_role("heading", name="Basket")).to_be_visible()
    page.get_by_label("Quantity of Quilt").fill("1")
    pay_for_basket(page)
    page.wait_for_url(re.compile(r"/orders/"))
    assert Order.objects.count() == 1


def test_an_editor_raises_the_price_and_the_order_keeps_the_old_one(
    chromium: Browser, live_server: LiveServer, shop: Sandbox
) -> None:
    shopper = open_page(chromium, base_url=live_server.url)
    start_paying(shopper, "brass-lamp")
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
