"""Signing up, in a demo without and in production with an email to confirm."""

import re

import pytest
from allauth.account.forms import SignupForm
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client, RequestFactory
from pytest_django.fixtures import Settings

from tests.users.browsing import PASSWORD, emails, logged_in_as
from users.models import User

pytestmark = pytest.mark.django_db
SIGN_UP = "/accounts/signup/"
FORM = {"email": "New@Example.com", "password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture
def mandatory(settings: Settings) -> None:
    """Addresses must be confirmed, as in production."""
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"


def confirmation_link() -> str:
    """Return the path in the only email that was sent."""
    (message,) = emails()
    found = re.search(r"http://testserver(/accounts/confirm-email/\S+)", str(message.body))
    assert found
    return found[1]


def test_a_demo_lets_a_new_shopper_in_at_once(client: Client) -> None:
    answer = client.post(SIGN_UP, {**FORM, "next": "/checkout/?product=7"})
    assert answer["Location"] == "/checkout/?product=7"
    new = User.objects.get()
    assert new.email == "new@example.com"
    assert logged_in_as(client) == str(new.pk)
    assert not emails()


def test_signing_up_verifies_nothing_by_itself(client: Client) -> None:
    client.post(SIGN_UP, FORM)
    address = EmailAddress.objects.get()
    assert (address.email, address.primary, address.verified) == ("new@example.com", True, False)


def test_a_sign_up_does_not_lead_to_another_host(client: Client) -> None:
    assert client.post(SIGN_UP, {**FORM, "next": "https://evil.example/"})["Location"] == "/"


def test_without_verification_a_taken_address_is_refused_whatever_its_case(
    client: Client, shopper: User
) -> None:
    answer = client.post(SIGN_UP, {**FORM, "email": "ANN@example.com"})
    assert answer.status_code == 200
    assert "already" in answer.text
    assert (User.objects.count(), EmailAddress.objects.count()) == (1, 0)
    assert logged_in_as(client) is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "no address"}, "email"),
        ({"email": ""}, "email"),
        ({"password1": "short", "password2": "short"}, "password1"),
        ({"password1": "12345678901", "password2": "12345678901"}, "password1"),
        ({"password2": "another-one-entirely"}, "password2"),
    ],
)
def test_a_bad_entry_is_refused_beside_its_field(
    client: Client, change: dict[str, str], field: str
) -> None:
    answer = client.post(SIGN_UP, {**FORM, **change})
    assert answer.status_code == 200
    assert f'id="id_{field}_error"' in answer.text
    assert not User.objects.exists()


@pytest.mark.usefixtures("mandatory")
def test_in_production_nobody_is_in_before_the_mail_is_confirmed(client: Client) -> None:
    answer = client.post(SIGN_UP, FORM)
    assert answer["Location"] == "/accounts/confirm-email/"
    assert client.get(answer["Location"]).status_code == 200
    assert logged_in_as(client) is None
    (message,) = emails()
    assert message.to == ["new@example.com"]
    assert "Shop" in str(message.body)

    client.post("/accounts/login/", {"login": "new@example.com", "password": PASSWORD})
    assert logged_in_as(client) is None


@pytest.mark.usefixtures("mandatory")
def test_opening_the_link_confirms_nothing_and_pressing_the_button_does(client: Client) -> None:
    client.post(SIGN_UP, FORM)
    link = confirmation_link()
    assert client.get(link).status_code == 200
    assert not EmailAddress.objects.get().verified
    client.post(link)
    assert EmailAddress.objects.get().verified


@pytest.mark.usefixtures("mandatory")
def test_confirming_in_the_same_browser_goes_on_to_where_the_shopper_was_going(
    client: Client,
) -> None:
    client.post(SIGN_UP, {**FORM, "next": "/checkout/?product=7"})
    answer = client.post(confirmation_link())
    assert answer["Location"] == "/checkout/?product=7"
    assert logged_in_as(client) == str(User.objects.get().pk)


@pytest.mark.usefixtures("mandatory")
def test_confirming_in_another_browser_logs_nobody_in(client: Client) -> None:
    client.post(SIGN_UP, FORM)
    other = Client()
    other.post(confirmation_link())
    assert EmailAddress.objects.get().verified
    assert logged_in_as(other) is None


@pytest.mark.usefixtures("mandatory")
def test_a_broken_link_confirms_nothing(client: Client) -> None:
    client.post(SIGN_UP, FORM)
    assert client.get("/accounts/confirm-email/no-such-key/").status_code == 200
    assert client.post("/accounts/confirm-email/no-such-key/").status_code == 404
    assert not EmailAddress.objects.get().verified


@pytest.mark.usefixtures("mandatory")
def test_in_production_a_taken_address_looks_like_a_new_one_and_its_owner_gets_an_email(
    client: Client, shopper: User
) -> None:
    answer = client.post(SIGN_UP, {**FORM, "email": "ANN@example.com"})
    assert answer["Location"] == "/accounts/confirm-email/"
    assert (User.objects.count(), EmailAddress.objects.count()) == (1, 0)
    assert logged_in_as(client) is None
    (message,) = emails()
    assert message.to == ["ann@example.com"]
    assert "It already has an account." in str(message.body)


class CountingHasher(MD5PasswordHasher):
    """Counts how often a password is hashed, which takes nearly all the time of a sign-up."""

    algorithm = "counting"
    hashed = 0

    def encode(self, password: str, salt: str) -> str:
        """The same as MD5's."""
        CountingHasher.hashed += 1
        return super().encode(password, salt)


@pytest.mark.usefixtures("mandatory")
@pytest.mark.parametrize("email", ["new@example.com", "ann@example.com"])
def test_a_sign_up_hashes_one_password_whether_or_not_there_is_an_account(
    client: Client, shopper: User, settings: Settings, email: str
) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    CountingHasher.hashed = 0
    assert client.post(SIGN_UP, {**FORM, "email": email})["Location"] == "/accounts/confirm-email/"
    assert CountingHasher.hashed == 1


def test_the_slower_of_two_sign_ups_at_once_is_sent_to_the_login() -> None:
    request = RequestFactory().post(SIGN_UP, {"next": "/checkout/"})
    request.session = SessionStore()
    messages = FallbackStorage(request)
    request._messages = messages  # type: ignore[attr-defined]  # what the middleware would have put there
    slower = SignupForm({**FORM})
    assert slower.is_valid()
    User.objects.create_user(FORM["email"])

    with context.request_context(request), pytest.raises(ImmediateHttpResponse) as refusal:
        slower.try_save(request)
    assert refusal.value.response["Location"] == "/accounts/login/?next=%2Fcheckout%2F"
    assert [str(message) for message in messages] == ["You already have an account. Log in."]
    assert User.objects.count() == 1
