"""The account pages look like the rest of the shop and can be used with a screen reader."""

import re

import pytest
from django.test import Client

from users.models import User

pytestmark = pytest.mark.django_db


def tag(page: str, name: str) -> str:
    """Return the opening tag of the input with this name."""
    (found,) = re.findall(rf'<input [^>]*name="{name}"[^>]*>', page)
    return found


@pytest.mark.parametrize(
    "page",
    [
        "/accounts/login/",
        "/accounts/signup/",
        "/accounts/password/reset/",
        "/accounts/password/reset/done/",
        "/accounts/password/reset/key/x-y/",
        "/accounts/password/reset/key/done/",
        "/accounts/confirm-email/",
        "/accounts/confirm-email/no-such-key/",
        "/accounts/inactive/",
    ],
)
def test_a_page_for_everybody_is_in_the_shops_layout(client: Client, page: str) -> None:
    answer = client.get(page)
    assert answer.status_code == 200
    assert "base.html" in [template.name for template in answer.templates]
    assert answer.text.count("<h1") == 1
    assert "users/account.css" in answer.text
    assert " style=" not in answer.text


@pytest.mark.parametrize(
    "page", ["/accounts/", "/accounts/email/", "/accounts/password/change/", "/accounts/logout/"]
)
def test_a_page_for_the_logged_in_is_in_the_shops_layout(
    client: Client, shopper: User, page: str
) -> None:
    client.force_login(shopper)
    answer = client.get(page)
    assert answer.status_code == 200
    assert "base.html" in [template.name for template in answer.templates]
    assert answer.text.count("<h1") == 1


def test_inputs_are_bootstraps_and_tell_the_browser_what_to_fill_in(client: Client) -> None:
    login, signup = client.get("/accounts/login/").text, client.get("/accounts/signup/").text
    for page, name, fill_in in [
        (login, "login", "email"),
        (login, "password", "current-password"),
        (signup, "email", "email"),
        (signup, "password1", "new-password"),
        (signup, "password2", "new-password"),
    ]:
        field = tag(page, name)
        assert 'class="form-control"' in field
        assert f'autocomplete="{fill_in}"' in field
        assert "placeholder" not in field
        assert f'<label class="form-label" for="id_{name}">' in page


def test_an_error_is_tied_to_its_field(client: Client) -> None:
    page = client.post("/accounts/signup/", {"email": "no address"}).text
    field = tag(page, "email")
    assert 'aria-invalid="true"' in field
    assert 'aria-describedby="id_email_error"' in field
    assert 'class="form-control is-invalid"' in field
    assert 'id="id_email_error"' in page


def test_help_is_tied_to_its_field(client: Client) -> None:
    page = client.get("/accounts/signup/").text
    assert 'aria-describedby="id_password1_helptext"' in tag(page, "password1")
    assert 'id="id_password1_helptext"' in page
