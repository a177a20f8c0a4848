"""Emails of the account pages: where their links lead, and a mail server that fails."""

import re
import smtplib
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from bs4 import BeautifulSoup
from django.conf import settings as django_settings
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.test import Client
from pytest_django import Settings

from shop_settings.models import ShopSettings
from tests.users.browsing import PASSWORD, logged_in_as
from users.models import User

pytestmark = pytest.mark.django_db
SIGN_UP, RESET, LOGIN = "/accounts/signup/", "/accounts/password/reset/", "/accounts/login/"
FORM = {"email": "new@example.com", "password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture(autouse=True)
def production(settings: Settings) -> None:
    """Addresses must be confirmed, and allauth's limits apply."""
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.ACCOUNT_RATE_LIMITS = {}


class Refusing(EmailBackend):
    """A mail server that refuses every email."""

    def send_messages(self, messages: object) -> int:
        raise smtplib.SMTPRecipientsRefused({"new@example.com": (550, b"no such user")})


REFUSING = f"{__name__}.{Refusing.__name__}"


@pytest.fixture
def silent_server(settings: Settings) -> Iterator[None]:
    """A mail server that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.getsockname()
        yield


def text_of(client: Client, path: str) -> str:
    """The text of a page's main part."""
    main = BeautifulSoup(client.get(path).content, "html.parser").select_one("main")
    return " ".join(main.get_text(" ").split()) if main else ""


def test_a_silent_mail_server_keeps_a_visitor_waiting_for_seconds_only(
    client: Client, silent_server: None, settings: Settings
) -> None:
    assert django_settings.EMAIL_TIMEOUT == 5
    settings.EMAIL_TIMEOUT = 0.5
    began = time.monotonic()
    answer = client.post(SIGN_UP, FORM)
    assert time.monotonic() - began < 4
    assert answer["Location"] == LOGIN
    assert "The email could not be sent. Log in to try again." in text_of(client, LOGIN)
    assert User.objects.get().email == "new@example.com"
    assert logged_in_as(client) is None


def test_twelve_sign_ups_at_a_silent_mail_server_end(
    committed_db: None, silent_server: None, settings: Settings
) -> None:
    settings.EMAIL_TIMEOUT = 0.5
    answers: list[str] = []

    def sign_up(number: int) -> None:
        form = {**FORM, "email": f"a{number}@example.com"}
        try:
            answers.append(Client().post(SIGN_UP, form)["Location"])
        finally:
            connection.close()

    threads = [threading.Thread(target=sign_up, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert answers == [LOGIN] * 12
    assert User.objects.count() == 12


def test_after_a_refused_email_the_login_sends_it_again(client: Client, settings: Settings) -> None:
    working, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, REFUSING
    answer = client.post(SIGN_UP, {**FORM, "next": "/checkout/"})
    assert answer["Location"] == f"{LOGIN}?next=%2Fcheckout%2F"
    credentials = {"login": FORM["email"], "password": PASSWORD, "next": "/checkout/"}
    assert client.post(answer["Location"], credentials).status_code == 302
    assert "The email could not be sent. Try again." in text_of(client, answer["Location"])
    assert logged_in_as(client) is None

    settings.EMAIL_BACKEND = working
    sent = client.post(answer["Location"], credentials)
    assert sent["Location"] == "/accounts/confirm-email/"
    (message,) = mail.outbox
    link = re.search(r"http://testserver(/\S+)", str(message.body))
    assert link
    client.post(link[1])
    assert logged_in_as(client) == str(User.objects.get().pk)


def test_a_second_sign_up_claims_no_email_either(client: Client, settings: Settings) -> None:
    settings.EMAIL_BACKEND = REFUSING
    for _ in range(2):
        assert client.post(SIGN_UP, FORM)["Location"] == LOGIN
        page = text_of(client, LOGIN)
        assert "could not be sent" in page and "have sent" not in page
    assert User.objects.count() == 1


@pytest.mark.parametrize("email", ["ann@example.com", "nobody@example.com"])
def test_a_password_reset_whose_email_is_refused_says_so(
    client: Client, shopper: User, settings: Settings, email: str
) -> None:
    settings.EMAIL_BACKEND = REFUSING
    assert client.post(RESET, {"email": email})["Location"] == RESET
    assert "The email could not be sent. Try again." in text_of(client, RESET)
    shopper.refresh_from_db()
    assert shopper.check_password(PASSWORD)


def test_a_refused_email_is_logged_without_its_recipient(
    client: Client, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_BACKEND = REFUSING
    client.post(SIGN_UP, FORM)
    assert "could not be sent: SMTPRecipientsRefused" in caplog.text
    assert "new@example.com" not in caplog.text


@pytest.mark.parametrize("host", ["localhost", "shop.example:1337"])
def test_links_in_emails_lead_to_the_shop_whatever_host_was_requested(
    client: Client, shopper: User, settings: Settings, host: str
) -> None:
    settings.SITE_URL = "https://shop.example"
    settings.ALLOWED_HOSTS = ["shop.example", "localhost"]
    for path, data in [
        (RESET, {"email": shopper.email}),
        (RESET, {"email": "nobody@example.com"}),
        (SIGN_UP, FORM),
        (SIGN_UP, {**FORM, "email": shopper.email}),
    ]:
        Client().post(path, data, headers={"host": host})
    assert len(mail.outbox) == 4
    for message in mail.outbox:
        links = re.findall(r"https?://\S+", str(message.body))
        assert len(links) == 2  # one to act on, one in the signature
        assert all(link.startswith("https://shop.example") for link in links)
        assert "1337" not in str(message.body)


def test_emails_come_from_the_sender_in_the_settings(client: Client, shopper: User) -> None:
    ShopSettings.objects.create(name="Lamps", sender_email="hello@lamps.example")
    client.post(RESET, {"email": shopper.email})
    (message,) = mail.outbox
    assert message.from_email == "Lamps <hello@lamps.example>"
    assert message.subject == "Choose a new password"
    assert str(message.body).startswith("Hello,\n\nSomebody, probably you, asked for a new")
    assert str(message.body).rstrip().endswith("Lamps\nhttp://testserver")
