"""After the payment, on a desktop and a phone: the desk ships and replaces, finance refunds half,
and the shopper reads about it.
"""

import re

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from mail.send import send_due_messages
from orders.checkout.details import fetch_missing_details
from orders.models import Order
from stripe_sandbox import Sandbox
from tests.browser.conftest import lamp, open_page
from tests.browser.test_story import log_in, pay, start_paying
from tests.orders.stocking import on_hand, put_in_stock


def do(staff: Page, order: Order, action: str, button: str, **entered: str) -> None:
    """Press the button of an action, fill in its form, continue, and confirm."""
    staff.goto(order.admin_url)
    staff.get_by_role("main").get_by_role("link", name=action, exact=True).click()
    for name, value in entered.items():
        staff.locator(f"main [name={name}]").fill(value)
    staff.get_by_role("button", name="Continue").click()
    staff.get_by_role("button", name=button, exact=True).click()
    staff.wait_for_url(re.compile(r"/inspect/"))


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_a_lamp_is_shipped_replaced_and_half_refunded(
    chromium: Browser, live_server: LiveServer, shop: Sandbox, phone: bool
) -> None:
    put_in_stock(lamp(), 10)
    shopper = open_page(chromium, base_url=live_server.url, phone=phone)
    start_paying(shopper, "brass-lamp")
    pay(shopper)
    shopper.wait_for_url(re.compile(r"/orders/[0-9A-Z]{8}/$"))
    order = Order.objects.get()
    fetch_missing_details()
    expect(shopper.get_by_role("main")).to_contain_text("12 MG Road")

    staff = open_page(chromium, base_url=live_server.url, phone=phone)
    staff.goto("/admin/")
    log_in(staff, "admin@example.com")
    do(staff, order, "Ship", "Ship", carrier="India Post", tracking_number="EX1")
    line = order.lines.get().pk
    entered = {f"quantity_{line}": "1", "reason": "Arrived broken"}
    do(staff, order, "Send a replacement", "Send the replacement", **entered)
    do(staff, order, "Refund", "Refund", other="749.50")
    expect(staff.get_by_role("main")).to_contain_text("Partly refunded, shipped")
    assert on_hand(lamp()) == 8

    send_due_messages()
    shopper.reload()
    receipt = shopper.get_by_role("main")
    expect(receipt).to_contain_text("EX1")
    expect(receipt).to_contain_text("replacement")
    expect(receipt).to_contain_text("₹749.50")
    staff.goto("/admin/mail/")
    for subject in ("Your order", "has been shipped", "Refund for order"):
        expect(staff.get_by_role("main")).to_contain_text(subject)
