"""The three stories by keyboard alone: everything can be reached, and the focus is always shown."""

import re
from decimal import Decimal

from playwright.sync_api import Browser, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from orders.models import Order
from stripe_sandbox import Sandbox
from tests.browser.conftest import PASSWORD, lamp, open_page
from tests.browser.test_story import pay, start_paying

MOST_TABS = 150
# The outline may be around something larger, such as a card with one link.
SHOWS_FOCUS = """each => {
    for (let node = each; node && node !== document.body; node = node.parentElement) {
        const style = getComputedStyle(node);
        if (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) return true;
        if (node === each && style.boxShadow !== "none") return true;
    }
    return false;
}"""


def go_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus."""
    expect(target).to_be_visible()
    for _tab in range(MOST_TABS):
        page.keyboard.press("Tab")
        if target.evaluate("each => each === document.activeElement"):
            assert target.evaluate(SHOWS_FOCUS), "nobody sees where the focus is"
            return
    raise AssertionError(f"{target} cannot be reached by keyboard")


def press(page: Page, target: Locator) -> None:
    """Go to a link or a button, and press Enter."""
    go_to(page, target)
    page.keyboard.press("Enter")


def enter(page: Page, target: Locator, text: str) -> None:
    """Go to a field and type."""
    go_to(page, target)
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def log_in(page: Page, email: str) -> None:
    enter(page, page.get_by_label("Email"), email)
    enter(page, page.get_by_label("Password", exact=True), PASSWORD)
    page.keyboard.press("Enter")


def test_a_shopper_buys_by_keyboard(
    chromium: Browser, live_server: LiveServer, shop: Sandbox
) -> None:
    page = open_page(chromium, base_url=live_server.url)
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    press(page, page.get_by_role("link", name="Brass lamp").first)
    page.wait_for_url("**/brass-lamp/")
    enter(page, page.get_by_label("Quantity"), "2")
    press(page, page.locator(".product-buy").get_by_role("button", name="Add to basket"))
    page.wait_for_url("**/checkout/")
    press(page, page.get_by_role("button", name="Log in and pay"))
    page.wait_for_url("**/login/**")
    log_in(page, "shopper@example.com")
    press(page, page.get_by_role("button", name="Pay ₹2,998.00"))
    page.wait_for_url(re.compile("/pay/"))
    pay(page)  # Stripe's page, not ours
    page.wait_for_url(re.compile(r"/orders/[0-9A-Z]{8}/$"))
    assert Order.objects.get().total == 299800


def test_an_editor_changes_a_price_by_keyboard(
    chromium: Browser, live_server: LiveServer, shop: Sandbox
) -> None:
    page = open_page(chromium, base_url=live_server.url)
    page.goto(f"/admin/pages/{lamp().pk}/edit/")
    log_in(page, "admin@example.com")
    page.wait_for_url("**/edit/")
    enter(page, page.locator("#id_price"), "1599")
    expect(page.locator("[data-price-preview]")).to_contain_text("₹1,499.00 → ₹1,599.00")
    enter(page, page.locator("#id_sale_price"), "1279.20")
    expect(page.locator("[data-sale-preview]")).to_have_text("Sale: ₹1,279.20 (\N{MINUS SIGN}20%)")
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    expect(page.locator("[data-sale-preview]")).to_have_text("")
    footer = page.locator(".footer")
    press(page, footer.locator("[data-w-dropdown-target='toggle']"))
    press(page, footer.get_by_role("button", name="Publish"))
    expect(page.get_by_text("published").first).to_be_visible()
    assert lamp().price == Decimal("1599")


def test_staff_ship_an_order_by_keyboard(
    chromium: Browser, live_server: LiveServer, shop: Sandbox
) -> None:
    shopper = open_page(chromium, base_url=live_server.url)
    start_paying(shopper, "brass-lamp")
    pay(shopper)
    shopper.wait_for_url(re.compile(r"/orders/[0-9A-Z]{8}/$"))
    order = Order.objects.get()
    page = open_page(chromium, base_url=live_server.url)
    page.goto("/admin/orders/")
    log_in(page, "admin@example.com")
    page.wait_for_url("**/admin/orders/")
    press(page, page.get_by_role("main").get_by_role("link", name=order.number))
    page.wait_for_url("**/inspect/**")
    press(page, page.get_by_role("main").get_by_role("link", name="Ship", exact=True))
    page.wait_for_url("**/ship/")
    enter(page, page.locator("main [name=tracking_number]"), "EX1")
    press(page, page.get_by_role("button", name="Continue"))
    expect(page.get_by_text("check what will happen")).to_be_visible()
    press(page, page.get_by_role("button", name="Ship", exact=True))
    page.wait_for_url("**/inspect/**")
    order.refresh_from_db()
    assert order.fulfilment_status == "shipped"
    assert order.shipments.get().tracking_number == "EX1"
