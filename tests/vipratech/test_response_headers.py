"""Who may keep a response, and what its page may do: the headers of every kind of page."""

import re

import pytest
from django.db import InterfaceError, OperationalError
from django.test import Client, RequestFactory
from pytest_django import Settings

from products.models import ProductPage
from tests.conftest import form
from tests.staff import make_staff
from vipratech.error_pages import server_error

pytestmark = pytest.mark.django_db


def policy(response: object) -> dict[str, list[str]]:
    """The directives of a Content-Security-Policy."""
    parts = response["Content-Security-Policy"].split("; ")  # type: ignore[index]
    return {name: sources for name, *sources in (part.split() for part in parts)}


@pytest.mark.parametrize(
    "path",
    ["/", "/products/", "/accounts/login/", "/checkout/", "/no-such-page/", "/orders/"],
)
def test_the_shop_runs_scripts_and_styles_of_its_own_only(client: Client, path: str) -> None:
    found = policy(client.get(path))
    assert found["default-src"] == ["'none'"]
    assert found["script-src"] == found["style-src"] == ["'self'"]
    assert found["base-uri"] == ["'none'"]
    assert not re.search("unsafe|nonce", str(found))


def test_forms_may_lead_to_the_payment_page_and_nowhere_else(
    client: Client, settings: Settings
) -> None:
    settings.SHOP_DEMO, settings.SANDBOX_PUBLIC_URL = True, "http://localhost:8001"
    assert policy(client.get("/checkout/"))["form-action"] == ["'self'", "http://localhost:8001"]
    settings.SHOP_DEMO = False
    stripe = ["'self'", "https://checkout.stripe.com"]
    assert policy(client.get("/checkout/"))["form-action"] == stripe
    settings.STRIPE_CHECKOUT_DOMAIN = "pay.shop.example"
    found = policy(client.get("/checkout/"))["form-action"]
    assert found == [*stripe, "https://pay.shop.example"]


def test_the_admin_may_use_inline_scripts_because_wagtail_does(client: Client) -> None:
    client.force_login(make_staff(role="Owners"))
    found = policy(client.get("/admin/"))
    assert found["script-src"] == ["'self'", "'unsafe-inline'"]
    assert found["form-action"] == ["'self'"]
    assert "unsafe-eval" not in str(found)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", "private, no-cache"),
        ("/checkout/", "private, no-cache"),
        ("/orders/", "no-store"),
        ("/accounts/email/", "no-store"),
        ("/accounts/password/change/", "no-store"),
        ("/demo/emails/", "no-store"),
    ],
)
def test_a_logged_in_shoppers_pages_are_kept_by_nobody(
    member: Client, lamp: ProductPage, path: str, expected: str
) -> None:
    response = member.get(path)
    assert response.status_code == 200
    assert expected in response["Cache-Control"] and "private" in response["Cache-Control"]


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/password/reset/"])
def test_pages_about_accounts_are_kept_by_nobody(client: Client, path: str) -> None:
    assert "no-store" in client.get(path)["Cache-Control"]


def test_the_basket_page_is_asked_for_again_with_a_session(
    client: Client, lamp: ProductPage
) -> None:
    client.post("/basket/", form((lamp, 1)), headers={"sec-fetch-site": "same-origin"})
    assert client.get("/checkout/")["Cache-Control"] == "private, no-cache"


def test_no_page_may_use_the_camera_or_where_somebody_is(client: Client) -> None:
    assert "camera=()" in client.get("/")["Permissions-Policy"]
    assert "geolocation=()" in client.get("/accounts/login/")["Permissions-Policy"]


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_while_the_database_is_down_pages_ask_to_try_again(error: type[Exception]) -> None:
    try:
        raise error("the server closed the connection")
    except error:
        response = server_error(RequestFactory().get("/"))
    assert (response.status_code, response["Retry-After"]) == (503, "30")
    assert "try again in a minute" in response.content.decode()


def test_any_other_error_is_a_500() -> None:
    try:
        raise ZeroDivisionError
    except ZeroDivisionError:
        response = server_error(RequestFactory().get("/"))
    assert response.status_code == 500 and "Retry-After" not in response
