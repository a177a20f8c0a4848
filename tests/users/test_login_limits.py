"""The limits on logins: guesses end, and lock an account for a day at most."""

from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from pytest_django import Settings

from limits.checks import PER_PROCESS, STORES_NOTHING, cache_is_shared
from mail.models import Message
from tests.process_to_kill import process
from tests.users.browsing import PASSWORD, emails, logged_in_as
from users.models import User
from vipratech.settings.base import ACCOUNT_RATE_LIMITS

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def limits(db: None, settings: Settings) -> None:
    """Those of a server."""
    settings.ACCOUNT_RATE_LIMITS = ACCOUNT_RATE_LIMITS
    caches["limits"].clear()


def log_in(user: User, password: str, address: str, **headers: str) -> Client:
    """Try to log in from an IP address with a new browser."""
    browser = Client(REMOTE_ADDR=address, headers=headers)
    browser.post(LOGIN, {"login": user.email, "password": password})
    return browser


def test_five_wrong_passwords_stop_the_guessing(shopper: User) -> None:
    for _ in range(5):
        log_in(shopper, "wrong", "10.0.0.1")
    assert logged_in_as(log_in(shopper, PASSWORD, "10.0.0.1")) is None


def test_a_few_wrong_passwords_do_not_lock_out_the_owner(shopper: User) -> None:
    for _ in range(8):
        log_in(shopper, "wrong", "10.0.0.1")
    assert logged_in_as(log_in(shopper, PASSWORD, "10.0.0.2")) == str(shopper.pk)


@pytest.mark.django_db(transaction=True)
def test_the_processes_of_a_server_count_together(shopper: User) -> None:
    with (
        process("enter_wrong_passwords", shopper.email, "10.0.0.1", 3) as one,
        process("enter_wrong_passwords", shopper.email, "10.0.0.1", 2) as other,
    ):
        one.join(60)
        other.join(60)
    assert logged_in_as(log_in(shopper, PASSWORD, "10.0.0.1")) is None
    assert logged_in_as(log_in(shopper, PASSWORD, "10.0.0.2")) == str(shopper.pk)


def test_fifty_wrong_passwords_a_day_from_anywhere_leave_the_way_by_email(
    shopper: User, settings: Settings
) -> None:
    for guess in range(50):
        log_in(shopper, "wrong", f"10.0.1.{guess}")
    assert logged_in_as(log_in(shopper, PASSWORD, "10.0.0.9")) is None
    owner = Client(REMOTE_ADDR="10.0.0.9")
    owner.post("/accounts/password/reset/", {"email": shopper.email})
    (link,) = [word for word in str(emails()[-1].body).split() if "/reset/key/" in word]
    page = owner.get(link.removeprefix(settings.SITE_URL), follow=True)
    new = {"password1": "another-long-one", "password2": "another-long-one"}
    owner.post(page.redirect_chain[-1][0], new)
    assert logged_in_as(owner) == str(shopper.pk)
    assert logged_in_as(log_in(shopper, "another-long-one", "10.0.0.9")) == str(shopper.pk)


def test_logging_in_fifty_times_a_day_is_not_refused(shopper: User) -> None:
    for number in range(51):
        assert logged_in_as(log_in(shopper, PASSWORD, f"10.0.2.{number}"))


def test_an_address_without_an_account_has_the_same_limits(shopper: User) -> None:
    """Or the limit would say who has an account."""
    nobody = User(email="nobody@example.com")
    texts = []
    for user in (shopper, nobody):
        address = f"10.0.3.{len(user.email)}"
        for _ in range(6):
            form = {"login": user.email, "password": "wrong"}
            page = Client(REMOTE_ADDR=address).post(LOGIN, form)
        texts.append(str(page.context["form"].errors))
    assert "Too many" in texts[0] and texts[0] == texts[1]


@pytest.mark.parametrize("path", ["/accounts/signup/", "/accounts/password/reset/"])
def test_sign_ups_and_resets_are_limited(path: str) -> None:
    def post(address: str, number: int) -> Any:
        form = {"email": f"shopper{number}@example.com", "password1": "short"}
        return Client(REMOTE_ADDR=address).post(path, form)

    assert {post("10.0.4.1", number).status_code for number in range(20)} <= {200, 302}
    written = Message.objects.count()
    refused = post("10.0.4.1", 20)
    assert refused.status_code == 429 and "Too many" in refused.content.decode()
    assert Message.objects.count() == written
    assert post("10.0.4.2", 21).status_code in (200, 302)


def test_one_mailbox_is_not_flooded_with_resets(shopper: User) -> None:
    for number in range(7):
        browser = Client(REMOTE_ADDR=f"10.0.5.{number}")
        browser.post("/accounts/password/reset/", {"email": shopper.email})
    assert Message.objects.count() == 5


@pytest.mark.parametrize(
    ("backend", "processes", "is_refused"),
    [
        (PER_PROCESS, 2, True),
        (PER_PROCESS, 1, False),
        (STORES_NOTHING, 1, True),
        ("django.core.cache.backends.redis.RedisCache", 2, False),
    ],
)
def test_a_cache_that_the_processes_do_not_share_is_refused(
    settings: Settings, backend: str, processes: int, is_refused: bool
) -> None:
    settings.SERVER_PROCESSES = processes
    settings.CACHES = {"limits": {"BACKEND": backend, "LOCATION": "redis://localhost"}}
    assert [found.id for found in cache_is_shared(None)] == ["limits.E001"] * is_refused


@pytest.mark.parametrize("forwarded", ["unknown", "", "_hidden", "x, unknown"])
def test_a_login_is_not_refused_if_the_proxy_does_not_know_the_address(
    shopper: User, settings: Settings, forwarded: str
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    browser = log_in(shopper, PASSWORD, "10.0.0.3", **{"X-Forwarded-For": forwarded})
    assert logged_in_as(browser) == str(shopper.pk)
