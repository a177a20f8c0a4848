"""Two-factor login: everybody may turn it on, and the shop can require it of staff."""

import re
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth
from django.core.cache import caches
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from home.first_day import password_link
from mail.models import Message
from tests.staff import make_staff
from users.models import User
from vipratech.settings.base import ACCOUNT_RATE_LIMITS

pytestmark = pytest.mark.usefixtures("committed_db")  # allauth goes on after the commit
PASSWORD = "a-long-password"
LOGIN = {"login": "staff@example.com", "password": PASSWORD}


def code_for(secret: str) -> str:
    """What an app shows now."""
    return str(auth.format_hotp_value(auth.hotp_value(secret, int(time.time()) // 30)))


def secret_of(user: User) -> str:
    found = Authenticator.objects.get(user=user, type="totp")
    return str(found.data["secret"])


def enter(browser: Client, address: str, code: str, **more: str) -> Any:
    # The same code counts once only: the app shows another one after half a minute.
    caches["default"].clear()
    return browser.post(address, {"code": code, **more})


def turn_on(browser: Client) -> Any:
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    html = browser.get("/accounts/2fa/totp/activate/").content.decode()
    (secret,) = re.findall(r'class="totp-key">([A-Z2-7]+)<', html)
    return enter(browser, "/accounts/2fa/totp/activate/", code_for(secret))


@pytest.fixture
def staff(committed_db: None) -> User:
    return make_staff(role="Owners")


@pytest.fixture
def browser(staff: User) -> Client:
    """Somebody of the staff who has just logged in with the password alone."""
    client = Client()
    assert client.post("/admin/login/", LOGIN)["Location"] == "/admin/"
    return client


def test_nothing_is_asked_unless_the_shop_requires_it(browser: Client) -> None:
    assert browser.get("/admin/").status_code == 200


def test_staff_without_it_are_led_to_turn_it_on_and_then_get_in(
    browser: Client, settings: Settings, staff: User
) -> None:
    settings.STAFF_TWO_FACTOR = True
    answer = browser.get("/admin/orders/")
    assert answer["Location"] == "/accounts/2fa/totp/activate/?next=/admin/orders/"
    turned_on = turn_on(browser)
    assert turned_on["Location"] == "/accounts/2fa/recovery-codes/"
    html = browser.get(turned_on["Location"]).content.decode()
    assert len(re.findall(r"<code>[0-9]{8}</code>", html)) == 10
    assert browser.get("/admin/orders/").status_code == 200
    emails = Message.objects.filter(recipient=staff.email).values_list("data__change", flat=True)
    assert "two_factor_on" in emails


def test_a_running_session_has_to_enter_a_code_once(
    browser: Client, settings: Settings, staff: User
) -> None:
    other = Client()
    other.post("/admin/login/", LOGIN)
    turn_on(other)
    settings.STAFF_TWO_FACTOR = True
    for address in ("/admin/", "/django-admin/"):
        answer = browser.get(address)
        assert answer["Location"].startswith("/accounts/2fa/reauthenticate/?next=/")
    wrong = enter(browser, "/accounts/2fa/reauthenticate/?next=/admin/", "000000")
    assert wrong.status_code == 200 and browser.get("/admin/").status_code == 302
    right = enter(browser, "/accounts/2fa/reauthenticate/?next=/admin/", code_for(secret_of(staff)))
    assert right["Location"] == "/admin/"
    assert browser.get("/admin/").status_code == 200


@pytest.mark.parametrize("address", ["/admin/login/", "/accounts/login/", "/django-admin/login/"])
def test_every_login_page_asks_for_the_code(browser: Client, staff: User, address: str) -> None:
    turn_on(browser)
    fresh = Client()
    assert fresh.post(address, LOGIN)["Location"] == "/accounts/2fa/authenticate/"
    assert fresh.get("/admin/").status_code == 302  # not logged in
    assert "Enter your code" in fresh.get("/accounts/2fa/authenticate/").content.decode()
    assert enter(fresh, "/accounts/2fa/authenticate/", "123456").status_code == 200
    assert fresh.get("/admin/").status_code == 302
    enter(fresh, "/accounts/2fa/authenticate/", code_for(secret_of(staff)))
    assert fresh.get("/admin/").status_code == 200


def test_a_password_reset_does_not_get_around_the_code(browser: Client, staff: User) -> None:
    turn_on(browser)
    staff.refresh_from_db()
    fresh = Client()
    form = fresh.get(password_link(staff), follow=True)
    new = {"password1": "brass-and-clay-7", "password2": "brass-and-clay-7"}
    answer = fresh.post(form.redirect_chain[-1][0], new, follow=True)
    assert "Enter your code" in answer.content.decode()
    assert fresh.get("/admin/").status_code == 302


def test_a_recovery_code_works_once(browser: Client, staff: User) -> None:
    html = browser.get(turn_on(browser)["Location"]).content.decode()
    code = re.findall(r"<code>([0-9]{8})</code>", html)[0]
    for is_first in (True, False):
        fresh = Client()
        fresh.post("/admin/login/", LOGIN)
        enter(fresh, "/accounts/2fa/authenticate/", code)
        assert (fresh.get("/admin/").status_code == 200) == is_first


def test_codes_cannot_be_guessed(browser: Client, staff: User, settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = ACCOUNT_RATE_LIMITS
    turn_on(browser)
    fresh = Client()
    fresh.post("/admin/login/", LOGIN)
    for number in range(12):
        fresh.post("/accounts/2fa/authenticate/", {"code": f"{number:06}"})
    fresh.post("/accounts/2fa/authenticate/", {"code": code_for(secret_of(staff))})
    assert fresh.get("/admin/").status_code == 302


def test_turning_it_off_closes_the_admin_again(
    browser: Client, settings: Settings, staff: User
) -> None:
    settings.STAFF_TWO_FACTOR = True
    turn_on(browser)
    assert browser.get("/admin/").status_code == 200
    browser.post("/accounts/2fa/totp/deactivate/")
    assert not Authenticator.objects.exists()
    assert browser.get("/admin/")["Location"].startswith("/accounts/2fa/totp/activate/")


def test_another_session_loses_the_admin_when_it_is_turned_off(
    browser: Client, settings: Settings, staff: User
) -> None:
    settings.STAFF_TWO_FACTOR = True
    turn_on(browser)
    other = Client()
    other.post("/accounts/login/", LOGIN)
    enter(other, "/accounts/2fa/authenticate/", code_for(secret_of(staff)))
    assert other.get("/admin/").status_code == 200
    browser.post("/accounts/2fa/totp/deactivate/")
    assert other.get("/admin/")["Location"].startswith("/accounts/2fa/totp/activate/")


def test_the_message_is_shown_once_however_often_the_browser_asked(
    browser: Client, settings: Settings
) -> None:
    settings.STAFF_TWO_FACTOR = True
    for _ in range(3):
        browser.get("/admin/")
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = browser.get("/accounts/2fa/totp/activate/").text
    assert page.count("You need two-factor login to use the admin.") == 1


def test_shoppers_are_not_asked(settings: Settings, shopper: User) -> None:
    settings.STAFF_TWO_FACTOR = True
    browser = Client()
    browser.force_login(shopper)
    assert browser.get("/orders/").status_code == 200
    assert browser.get("/admin/")["Location"].startswith("/admin/login/")


def test_the_page_says_whether_it_is_on(browser: Client) -> None:
    assert "It is off." in browser.get("/accounts/2fa/").content.decode()
    turn_on(browser)
    html = " ".join(browser.get("/accounts/2fa/").content.decode().split())
    assert "It is on" in html and "10 recovery codes left" in html


def test_the_command_turns_it_off_and_writes_to_the_owner(browser: Client, staff: User) -> None:
    turn_on(browser)
    for address in ("nobody@example.com", ""):
        with pytest.raises(CommandError):
            call_command("turn_off_two_factor", address)
    assert Authenticator.objects.count() == 2
    call_command("turn_off_two_factor", "STAFF@example.com")
    assert not Authenticator.objects.exists()
    assert Message.objects.filter(data__change="two_factor_off").exists()
    fresh = Client()
    assert fresh.post("/admin/login/", LOGIN)["Location"] == "/admin/"
