"""Emails of the account pages: where their links lead, and a mail server that fails."""

import re
import smtplib
from collections.abc import Callable

import pytest
from django.core.cache import caches
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from mail.models import Message
from mail.policy import TRIES
from shop_settings.models import ShopSettings
from tests.staff import make_staff
from tests.users.browsing import PASSWORD, emails, logged_in_as
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
    """A mail server that is broken."""

    def send_messages(self, messages: object) -> int:
        raise smtplib.SMTPServerDisconnected("closed")


@pytest.mark.parametrize(
    ("path", "form", "answer"),
    [
        (SIGN_UP, FORM, "/accounts/confirm-email/"),
        (SIGN_UP, {**FORM, "email": "ann@example.com"}, "/accounts/confirm-email/"),
        (RESET, {"email": "ann@example.com"}, "/accounts/password/reset/done/"),
        (RESET, {"email": "nobody@example.com"}, "/accounts/password/reset/done/"),
    ],
)
def test_a_broken_mail_server_keeps_nobody_waiting_and_the_email_is_sent_later(
    client: Client, shopper: User, settings: Settings, path: str, form: dict[str, str], answer: str
) -> None:
    working, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, f"{__name__}.{Refusing.__name__}"
    assert client.post(path, form)["Location"] == answer
    assert emails() == []
    row = Message.objects.get()
    assert (row.status, row.tries, row.recipient) == ("pending", 1, form["email"])

    settings.EMAIL_BACKEND = working
    Message.objects.update(retry_at=timezone.now())
    (message,) = emails()
    assert message.to == [form["email"]]


def test_the_text_of_an_account_email_is_deleted_when_it_is_sent_and_never_shown(
    client: Client, shopper: User, client_of: Callable[[User], Client]
) -> None:
    client.post(RESET, {"email": shopper.email})
    (message,) = emails()
    assert "/password/reset/key/" in str(message.body)
    row = Message.objects.get()
    assert (row.status, row.subject, row.text, row.html, row.data) == ("sent", "", "", "", {})
    staff = client_of(make_staff(role="Owners"))
    assert "The text of this email is not shown" in staff.get(f"/admin/mail/inspect/{row.pk}/").text
    assert staff.post(f"/admin/mail/inspect/{row.pk}/").status_code == 403
    assert Message.objects.count() == 1
    assert staff.get(f"/admin/mail/{row.pk}/body/").status_code == 404
    assert "Choose a new password" not in client_of(shopper).get("/demo/emails/").text


def test_a_secret_that_could_not_be_sent_at_all_is_deleted_too(
    client: Client, shopper: User, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.{Refusing.__name__}"
    client.post(RESET, {"email": shopper.email})
    Message.objects.update(tries=TRIES - 1)
    assert emails() == []
    row = Message.objects.get()
    assert (row.status, row.subject, row.text, row.html, row.data) == ("failed", "", "", "", {})


def test_an_unconfirmed_shopper_who_logs_in_gets_the_email_again(client: Client) -> None:
    client.post(SIGN_UP, {**FORM, "next": "/checkout/"})
    emails().clear()
    caches["limits"].clear()  # some minutes later
    credentials = {"login": FORM["email"], "password": PASSWORD, "next": "/checkout/"}
    assert client.post(LOGIN, credentials)["Location"] == "/accounts/confirm-email/"
    (message,) = emails()
    link = re.search(r"http://testserver(/\S+)", str(message.body))
    assert link
    client.post(link[1])
    assert logged_in_as(client) == str(User.objects.get().pk)


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
    found = emails()
    assert len(found) == 4
    for message in found:
        links = re.findall(r"https?://\S+", str(message.body))
        assert len(links) == 2  # one to act on, one in the signature
        assert all(link.startswith("https://shop.example") for link in links)
        assert "1337" not in str(message.body)


def test_emails_come_from_the_sender_in_the_settings(client: Client, shopper: User) -> None:
    ShopSettings.objects.create(name="Lamps", sender_email="hello@lamps.example")
    client.post(RESET, {"email": shopper.email})
    (message,) = emails()
    assert message.from_email == "Lamps <hello@lamps.example>"
    assert message.subject == "Choose a new password"
    assert str(message.body).startswith("Somebody, probably you, asked for a new password")
    assert str(message.body).rstrip().endswith("-- \nLamps\nhttp://testserver")
