"""A forgotten password."""

import re

import pytest
from django.test import Client

from tests.users.browsing import PASSWORD, emails, logged_in_as
from users.models import User

pytestmark = pytest.mark.django_db
RESET = "/accounts/password/reset/"
NEW = "a-brand-new-password"


def reset_link() -> str:
    """Return the path in the only email that was sent."""
    (message,) = emails()
    found = re.search(r"http://testserver(/accounts/password/reset/key/\S+)", str(message.body))
    assert found
    return found[1]


def set_password(client: Client, link: str) -> None:
    """Follow an emailed link as a browser does: it redirects to a URL without the secret."""
    page = client.get(link, follow=True)
    client.post(page.request["PATH_INFO"], {"password1": NEW, "password2": NEW})


def test_the_mailed_link_sets_a_new_password(client: Client, shopper: User) -> None:
    answer = client.post(RESET, {"email": "ANN@example.com"})
    assert answer["Location"] == "/accounts/password/reset/done/"
    assert emails()[0].to == ["ann@example.com"]
    set_password(client, reset_link())
    shopper.refresh_from_db()
    assert shopper.check_password(NEW)
    client.post("/accounts/login/", {"login": shopper.email, "password": NEW})
    assert logged_in_as(client) == str(shopper.pk)


def test_a_link_works_once(client: Client, shopper: User) -> None:
    client.post(RESET, {"email": shopper.email})
    link = reset_link()
    set_password(client, link)
    shopper.refresh_from_db()
    shopper.set_password(PASSWORD)
    shopper.save()
    set_password(Client(), link)
    shopper.refresh_from_db()
    assert shopper.check_password(PASSWORD)


def test_a_link_dies_when_the_address_changes(client: Client, shopper: User) -> None:
    client.post(RESET, {"email": shopper.email})
    link = reset_link()
    shopper.email = "moved@example.com"
    shopper.save()
    set_password(Client(), link)
    shopper.refresh_from_db()
    assert shopper.check_password(PASSWORD)


def test_an_unknown_address_gets_the_same_page_and_learns_nothing(
    client: Client, shopper: User
) -> None:
    answer = client.post(RESET, {"email": "nobody@example.com"})
    assert answer["Location"] == "/accounts/password/reset/done/"
    (message,) = emails()
    assert message.to == ["nobody@example.com"]
    assert "/password/reset/key/" not in str(message.body)
    shopper.refresh_from_db()
    assert shopper.check_password(PASSWORD)


def test_a_weak_password_is_refused_beside_its_field(client: Client, shopper: User) -> None:
    client.post(RESET, {"email": shopper.email})
    page = client.get(reset_link(), follow=True)
    answer = client.post(page.request["PATH_INFO"], {"password1": "12345", "password2": "12345"})
    assert 'id="id_password1_error"' in answer.text
    shopper.refresh_from_db()
    assert shopper.check_password(PASSWORD)
