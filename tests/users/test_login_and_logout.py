"""Logging in and out, as a browser does it."""

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import caches
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from tests.users.browsing import PASSWORD, emails, logged_in_as
from users.models import User

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"


def test_a_shopper_logs_in_by_address_whatever_its_case(client: Client, shopper: User) -> None:
    answer = client.post(LOGIN, {"login": "ANN@Example.com", "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert logged_in_as(client) == str(shopper.pk)


def test_a_wrong_password_logs_nobody_in(client: Client, shopper: User) -> None:
    answer = client.post(LOGIN, {"login": shopper.email, "password": "wrong"})
    assert answer.status_code == 200
    assert 'role="alert"' in answer.text
    assert logged_in_as(client) is None


def test_an_unknown_address_gets_the_same_words_as_a_wrong_password(
    client: Client, shopper: User
) -> None:
    wrong = client.post(LOGIN, {"login": shopper.email, "password": "wrong"})
    unknown = client.post(LOGIN, {"login": "nobody@example.com", "password": "wrong"})
    assert unknown.context["form"].errors == wrong.context["form"].errors


def test_an_inactive_user_stays_out(client: Client, shopper: User) -> None:
    User.objects.update(is_active=False)
    client.post(LOGIN, {"login": shopper.email, "password": PASSWORD})
    assert logged_in_as(client) is None


def test_next_is_honoured(client: Client, shopper: User) -> None:
    page = client.get(LOGIN, {"next": "/checkout/?product=7"})
    assert '<input type="hidden" name="next" value="/checkout/?product=7">' in page.text
    answer = client.post(
        LOGIN, {"login": shopper.email, "password": PASSWORD, "next": "/checkout/?product=7"}
    )
    assert answer["Location"] == "/checkout/?product=7"


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_next_to_another_host_is_not_followed(client: Client, shopper: User, target: str) -> None:
    answer = client.post(LOGIN, {"login": shopper.email, "password": PASSWORD, "next": target})
    assert answer["Location"] == "/"


def test_next_survives_the_way_from_login_to_sign_up(client: Client) -> None:
    page = client.get(LOGIN, {"next": "/checkout/"})
    assert 'href="/accounts/signup/?next=%2Fcheckout%2F"' in page.text


def test_the_login_page_of_a_demo_names_the_demo_shopper(
    client: Client, settings: Settings
) -> None:
    assert "shopper@example.com" in client.get(LOGIN).text
    settings.SHOP_DEMO = False
    page = client.get(LOGIN).text
    assert "shopper@example.com" not in page
    assert "demo-password" not in page


def test_opening_the_logout_page_asks_and_does_not_log_out(client: Client, shopper: User) -> None:
    client.force_login(shopper)
    page = client.get("/accounts/logout/")
    assert page.status_code == 200
    assert "Do you want to log out?" in page.text
    assert logged_in_as(client) == str(shopper.pk)


def test_posting_logs_out(client: Client, shopper: User) -> None:
    client.force_login(shopper)
    assert client.post("/accounts/logout/")["Location"] == "/"
    assert logged_in_as(client) is None


def test_logging_out_needs_the_csrf_token(shopper: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(shopper)
    assert client.post("/accounts/logout/").status_code == 403
    assert logged_in_as(client) == str(shopper.pk)


def test_a_session_ends_with_the_browser_unless_asked_to_last(
    client: Client, shopper: User
) -> None:
    client.post(LOGIN, {"login": shopper.email, "password": PASSWORD})
    assert client.session.get_expire_at_browser_close()
    client.logout()
    client.post(LOGIN, {"login": shopper.email, "password": PASSWORD, "remember": "on"})
    assert not client.session.get_expire_at_browser_close()


def test_too_many_logins_get_a_kind_429(client: Client, shopper: User, settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login": "2/m/ip"}
    caches["limits"].clear()
    for _ in range(2):
        client.post(LOGIN, {"login": shopper.email, "password": "wrong"})
    answer = client.post(LOGIN, {"login": shopper.email, "password": PASSWORD})
    caches["limits"].clear()
    assert answer.status_code == 429
    assert "error_page.html" in [template.name for template in answer.templates]
    assert logged_in_as(client) is None


def test_a_shopper_manages_addresses_and_password(client: Client, shopper: User) -> None:
    client.force_login(shopper)
    form = {"action_add": "", "email": "second@example.com"}
    client.post(client.post(reverse("account_email"), form)["Location"], {"password": PASSWORD})
    assert EmailAddress.objects.filter(
        user=shopper, email="second@example.com", verified=False
    ).exists()
    page = client.get(reverse("account_email")).text
    assert page.count('type="radio"') == 2
    answer = client.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": "another-long-one", "password2": "another-long-one"},
    )
    assert answer.status_code == 302
    shopper.refresh_from_db()
    assert shopper.check_password("another-long-one")


def test_somebody_at_an_open_browser_cannot_add_an_address_without_the_password(
    client: Client, shopper: User
) -> None:
    client.force_login(shopper)
    answer = client.post(reverse("account_email"), {"action_add": "", "email": "thief@example.com"})
    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    assert "Enter your password" in client.get(answer["Location"]).text
    wrong = client.post(answer["Location"], {"password": "wrong"})
    assert wrong.status_code == 200
    assert not EmailAddress.objects.filter(email="thief@example.com").exists()
    assert emails() == []


def test_the_old_address_gets_emails_about_a_new_one_and_about_the_password(
    client: Client, shopper: User
) -> None:
    client.force_login(shopper)
    answer = client.post(reverse("account_email"), {"action_add": "", "email": "new@example.com"})
    client.post(answer["Location"], {"password": PASSWORD})
    assert EmailAddress.objects.filter(email="new@example.com").exists()
    told = {message.to[0]: str(message.body) for message in emails()}
    assert set(told) == {shopper.email, "new@example.com"}
    assert "new@example.com was added to your account" in told[shopper.email]
    form = {
        "oldpassword": PASSWORD,
        "password1": "another-long-one",
        "password2": "another-long-one",
    }
    client.post(reverse("account_change_password"), form)
    assert emails()[-1].to == [shopper.email] and "was changed" in str(emails()[-1].body)
