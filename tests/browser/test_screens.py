"""Every page at the width of a desktop and of a phone: nothing is cut off, axe finds no fault.

`SCREENSHOTS=docs/screenshots make browser-test` also writes a picture of each page.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from alerts.models import Alert
from alerts.raising import raise_alert
from mail.models import Message
from orders.alerts import DISCREPANCY
from orders.models import Checkout, Order, Reconciliation, StripeEvent
from orders.reconciliation.run import reconcile
from products.models import Product, ProductPage
from products.sync import sync_catalogue
from stripe_sandbox import Sandbox
from tests.browser.conftest import PASSWORD, open_page
from tests.browser.test_story import add_to_basket, log_in, pay, pay_for_basket, pay_from_bank
from tests.conftest import WEBHOOK_SECRET, publish
from users.models import User
from vipratech import cached_pages

SCREENSHOTS = os.environ.get("SCREENSHOTS", "")
WIDTHS = pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
# Wagtail's own markup is not ours to judge: on admin pages, axe looks at the content only.
CONTENT = "#main"
QUALITY = 70  # of the JPEG files


class Screens:
    """Looks at pages and collects what is wrong with them."""

    def __init__(self, page: Page, suffix: str) -> None:
        self.page, self.suffix = page, suffix
        self.faults: list[str] = []

    def look(self, name: str, path: str = "", within: str = "") -> None:
        """Load a page, unless it is open, and check it."""
        if path:
            self.page.goto(path)
        self.page.wait_for_load_state("networkidle")
        wide = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if wide > 0:
            self.faults.append(f"{name} is {wide} pixels wider than the window")
        found = Axe().run(self.page, context=within or None)
        self.faults += [
            f"{name}: {violation['id']}: {violation['help']}: {node['html'][:200]}"
            for violation in found.response["violations"]
            for node in violation["nodes"]
        ]
        if SCREENSHOTS:
            folder = Path(SCREENSHOTS)
            folder.mkdir(parents=True, exist_ok=True)
            file = folder / f"{name}-{self.suffix}.jpg"
            self.page.screenshot(path=file, type="jpeg", quality=QUALITY, full_page=True)


Look = Callable[[bool], Screens]


@pytest.fixture
def demo(committed_db: None, settings: Settings, live_server: LiveServer) -> Iterator[Sandbox]:
    """The demo shop with its pictures and accounts, and a sandbox that delivers to it."""
    with Sandbox(
        webhook_secret=WEBHOOK_SECRET, webhook_url=f"{live_server.url}/stripe/webhook/"
    ) as sandbox:
        settings.STRIPE_API_BASE = settings.SANDBOX_PUBLIC_URL = sandbox.url
        settings.SITE_URL = settings.WAGTAILADMIN_BASE_URL = live_server.url
        settings.SHOP_DEMO = True
        settings.SANDBOX_PUBLIC_URL = f"{sandbox.url}/"
        call_command("seed_demo")
        User.objects.create_superuser("owner@example.com", PASSWORD)
        assert sync_catalogue() == []
        yield sandbox


@pytest.fixture
def look(chromium: Browser, live_server: LiveServer, demo: Sandbox) -> Look:
    """Open a new browser."""

    def begin(phone: bool) -> Screens:
        page = open_page(chromium, base_url=live_server.url, phone=phone)
        return Screens(page, "phone" if phone else "desktop")

    return begin


def lamp() -> ProductPage:
    """The product that most screens show."""
    return ProductPage.objects.get(slug="brass-lamp")


@WIDTHS
def test_the_pages_of_a_visitor(look: Look, phone: bool) -> None:
    screens = look(phone)
    page = screens.page
    screens.look("home", "/")
    screens.look("products", "/products/")
    screens.look("product", lamp().url)
    screens.look("basket-empty", "/checkout/")
    page.goto(lamp().url)
    add_to_basket(page)
    screens.look("basket-logged-out")
    screens.look("login", "/accounts/login/")
    screens.look("signup", "/accounts/signup/")
    screens.look("password-reset", "/accounts/password/reset/")
    screens.look("not-found", "/nothing-here/")
    screens.look("admin-login", "/admin/login/")
    publish(lamp(), sale_price="1299.00")
    cached_pages.forget()
    screens.look("product-on-sale", lamp().url)
    screens.look("privacy", "/privacy/")
    assert screens.faults == []


@WIDTHS
def test_the_pages_of_a_shopper(look: Look, demo: Sandbox, phone: bool) -> None:
    screens = look(phone)
    page = screens.page
    page.goto("/accounts/login/?next=/products/stoneware-tea-set/")
    log_in(page, "shopper@example.com")
    add_to_basket(page)
    page.goto(lamp().url)
    add_to_basket(page)
    screens.look("basket")
    page.get_by_label("Quantity of Brass Lamp").fill("100")
    page.get_by_label("Quantity of Brass Lamp").press("Enter")
    expect(page.locator(".field-error")).to_be_visible()
    screens.look("basket-error")
    page.get_by_label("Quantity of Brass Lamp").fill("2")
    publish(lamp(), price="1599.00")
    pay_for_basket(page)
    screens.look("price-changed")
    pay_for_basket(page)
    screens.look("payment-page")
    pay(page)
    page.wait_for_url("**/orders/*/")
    screens.look("thank-you")
    screens.look("order", page.url)
    page.goto("/products/block-print-quilt/")
    add_to_basket(page)
    pay_for_basket(page)
    pay_from_bank(page, "000000000009")
    expect(page.get_by_role("heading", name="Your bank is processing")).to_be_visible()
    screens.look("waiting")
    screens.look("my-orders", "/orders/")
    demo.fail(str(Checkout.objects.get(status="processing").session_id))
    page.get_by_role("link", name="Check status").click()
    screens.look("payment-failed")
    look_at_account(screens)
    screens.look("sandbox", f"{demo.url}/")
    assert screens.faults == []


def look_at_account(screens: Screens) -> None:
    """The pages on which a shopper who is logged in changes the account."""
    page = screens.page
    screens.look("account", "/accounts/")
    screens.look("account-email", "/accounts/email/")
    screens.look("account-password", "/accounts/password/change/")
    screens.look("two-factor", "/accounts/2fa/")
    page.goto("/accounts/2fa/totp/activate/")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Password").press("Enter")
    page.wait_for_url("**/totp/activate/")
    screens.look("two-factor-on")
    screens.look("logout", "/accounts/logout/")


@WIDTHS
def test_the_pages_of_the_admin(look: Look, demo: Sandbox, phone: bool) -> None:
    shopper = look(phone).page
    shopper.goto(f"/accounts/login/?next={lamp().url}")
    log_in(shopper, "shopper@example.com")
    add_to_basket(shopper)
    pay_for_basket(shopper)
    pay(shopper)
    shopper.wait_for_url("**/orders/*/")
    run = reconcile()
    raise_alert(DISCREPANCY, "Session cs_test_a1 was paid, but there is no order.", subject="x")

    screens = look(phone)
    screens.page.goto("/admin/login/")
    log_in(screens.page, "owner@example.com")
    screens.page.wait_for_url("**/admin/")
    screens.look("admin-home", "/admin/", CONTENT)
    screens.look("admin-product", f"/admin/pages/{lamp().pk}/edit/", "#stripe-panel")
    for name, path in admin_pages(run).items():
        screens.look(name, path, CONTENT)
    assert screens.faults == []
    check_printed_order(screens)


def admin_pages(run: Reconciliation) -> dict[str, str]:
    """The screens of our own, and where they are."""
    order, product = Order.objects.get(), Product.objects.order_by("pk")[0]
    return {
        "admin-orders": "/admin/orders/",
        "admin-order": f"/admin/orders/inspect/{order.pk}/",
        "admin-ship": f"/admin/orders/{order.pk}/ship/",
        "admin-refund": f"/admin/orders/{order.pk}/refund/",
        "admin-cancel": f"/admin/orders/{order.pk}/cancel/",
        "admin-stock": "/admin/stock/",
        "admin-stock-change": f"/admin/stock/{product.pk}/",
        "admin-emails": "/admin/mail/",
        "admin-email": f"/admin/mail/inspect/{Message.objects.order_by('number')[0].pk}/",
        "admin-checkouts": "/admin/checkouts/",
        "admin-checkout": f"/admin/checkouts/inspect/{Checkout.objects.get().pk}/",
        "admin-events": "/admin/events/",
        "admin-event": f"/admin/events/inspect/{StripeEvent.objects.first().pk}/",  # type: ignore[union-attr]
        "admin-reconciliations": "/admin/reconciliations/",
        "admin-reconciliation": f"/admin/reconciliations/inspect/{run.pk}/",
        "admin-alerts": "/admin/alerts/",
        "admin-alert": f"/admin/alerts/inspect/{Alert.objects.get().pk}/",
        "admin-jobs": "/admin/reports/jobs/",
        "admin-sales": "/admin/reports/sales/",
        "admin-prices": "/admin/reports/prices/",
        "admin-price": f"/admin/reports/prices/{product.pk}/",
        "admin-products": f"/admin/pages/{lamp().get_parent().pk}/",
        "admin-customers": "/admin/customers/",
        "admin-customer": f"/admin/customers/inspect/{order.user_id}/",
        "admin-customer-erase": f"/admin/customers/{order.user_id}/erase/",
        "admin-ship-by-file": "/admin/ship-by-file/",
    }


def check_printed_order(screens: Screens) -> None:
    """A printed order has its number and amount, and no menu."""
    page = screens.page
    page.goto(f"/admin/orders/inspect/{Order.objects.get().pk}/")
    page.emulate_media(media="print")
    expect(page.locator("#wagtail-sidebar")).to_be_hidden()
    expect(page.get_by_text(Order.objects.get().number).first).to_be_visible()
    expect(page.get_by_text("₹1,499.00").first).to_be_visible()
    if SCREENSHOTS:
        page.screenshot(path=Path(SCREENSHOTS) / f"admin-order-printed-{screens.suffix}.jpg")
