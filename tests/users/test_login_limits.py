"""The limits on logins: they stop guessing, and nobody can lock out somebody else."""

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from tests.users.browsing import PASSWORD, logged_in_as
from users.models import User

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def limits(settings: Settings) -> None:
    """allauth's own limits."""
    settings.ACCOUNT_RATE_LIMITS = {}
    cache.clear()


def log_in(user: User, password: str, address: str, **headers: str) -> Client:
    """Try to log in from an IP address with a new browser."""
    browser = Client(REMOTE_ADDR=address, headers=headers)
    browser.post(LOGIN, {"login": user.email, "password": password})
    return browser


def test_five_wrong_passwords_stop_the_guessing(shopper: User) -> None:
    for _ in range(5):
        log_in(shopper, "wrong", "10.0.0.1")
    assert logged_in_as(log_in(shopper, PASSWORD, "10.0.0.1")) is None


def test_nobody_can_lock_out_somebody_else(shopper: User) -> None:
    for _ in range(8):
        log_in(shopper, "wrong", "10.0.0.1")
    assert logged_in_as(log_in(shopper, PASSWORD, "10.0.0.2")) == str(shopper.pk)


@pytest.mark.parametrize("forwarded", ["unknown", "", "_hidden", "x, unknown"])
def test_a_proxy_that_does_not_know_the_address_is_no_reason_to_refuse(
    shopper: User, settings: Settings, forwarded: str
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    browser = log_in(shopper, PASSWORD, "10.0.0.3", **{"X-Forwarded-For": forwarded})
    assert logged_in_as(browser) == str(shopper.pk)
