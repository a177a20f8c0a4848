"""Real Chromium against a live shop and the sandbox, all on loopback."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from products.models import ProductPage
from products.sync import sync_catalogue
from stripe_sandbox import Sandbox
from tests.conftest import WEBHOOK_SECRET, MakeProduct
from users.models import User

PASSWORD = "demo-password"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-sync",
]
DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}

# Playwright keeps an event loop in this thread, and Django takes that for asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs Chromium."""
    for item in items:
        if "tests/browser" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    path = next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    assert path, "Browser tests need Chromium: install Debian's package `chromium`."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def shop(
    committed_db: None, settings: Settings, live_server: LiveServer, make_product: MakeProduct
) -> Iterator[Sandbox]:
    """Three products on sale in a running shop, a sandbox that delivers to it, and people with
    accounts.
    """
    with Sandbox(
        webhook_secret=WEBHOOK_SECRET, webhook_url=f"{live_server.url}/stripe/webhook/"
    ) as sandbox:
        settings.STRIPE_API_BASE = settings.SANDBOX_PUBLIC_URL = sandbox.url
        settings.SITE_URL = settings.WAGTAILADMIN_BASE_URL = live_server.url
        for title, price in (
            ("Brass lamp", "1499.00"),
            ("Quilt", "2499.00"),
            ("Tea set", "899.50"),
        ):
            make_product(title, price)
        User.objects.create_user("shopper@example.com", PASSWORD)
        User.objects.create_superuser("admin@example.com", PASSWORD)
        assert sync_catalogue() == []
        yield sandbox


def open_page(
    chromium: Browser, *, base_url: str, javascript: bool = True, phone: bool = False
) -> Page:
    """A fresh browser profile that fails the test on script errors and on requests to any other
    host.
    """
    context = chromium.new_context(
        base_url=base_url, java_script_enabled=javascript, viewport=PHONE if phone else DESKTOP
    )
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.on("pageerror", lambda error: pytest.fail(f"Script error: {error}"))
    context.on("request", lambda request: _refuse_other_hosts(request.url))
    return page


def _refuse_other_hosts(url: str) -> None:
    assert url.startswith(("http://localhost:", "http://127.0.0.1:", "data:", "blob:")), url


def lamp() -> ProductPage:
    """The lamp as it is live now."""
    return ProductPage.objects.get(title="Brass lamp")
