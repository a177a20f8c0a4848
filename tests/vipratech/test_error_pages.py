"""Error pages: one template, plain words, and a 500 that needs nothing."""

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver
from pytest_django import Settings

from users.models import User
from vipratech import error_pages

FORM = "application/x-www-form-urlencoded"
pytestmark = pytest.mark.django_db


def text_of(client: Client, path: str, status: int, **fields: str) -> str:
    response = client.post(path, fields) if fields else client.get(path)
    assert response.status_code == status
    assert "error_page.html" in [template.name for template in response.templates]
    return response.content.decode()


def test_an_unknown_address() -> None:
    page = text_of(Client(), "/nothing/", 404)
    assert "<h1>We couldn&#x27;t find this page</h1>" in page
    assert '<a class="brand" href="/">' in page


def test_a_page_without_permission(client: Client, shopper: User) -> None:
    client.force_login(shopper)
    page = client.get("/admin/", follow=True)
    assert page.status_code == 403
    assert "You don&#x27;t have permission to view this page" in page.content.decode()


def test_a_form_without_its_token() -> None:
    client = Client(enforce_csrf_checks=True)
    page = text_of(client, "/accounts/login/", 403, login="a@example.com")
    assert "This form has expired" in page


def test_a_request_with_too_much_data(settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    response = Client().post("/accounts/login/", "a=" + "b" * 20, FORM)
    assert response.status_code == 413
    assert "This is too large to send" in response.content.decode()


@pytest.mark.parametrize("status", sorted(error_pages.WORDS))
def test_every_status_has_words(status: int) -> None:
    response = error_pages.error_page(RequestFactory().get("/"), status)
    assert response.status_code == status
    assert response.content.decode().count("<h1>") == 1


def test_the_server_error_needs_no_database() -> None:
    handler = get_resolver().resolve_error_handler(500)
    with CaptureQueriesContext(connection) as queries:
        response = handler(RequestFactory().get("/"))
    assert len(queries) == 0
    assert response.status_code == 500
    page = response.content.decode()
    assert "Something went wrong on our side" in page
    assert "please do not pay again" in page
