"""Logging in to the two admins and to private pages: allauth checks every password."""

import pytest
from django.test import Client
from pytest_django import Settings

from tests.users.browsing import PASSWORD, logged_in_as
from users.models import User

pytestmark = pytest.mark.django_db
ADMIN_LOGINS = ["/admin/login/", "/django-admin/login/"]
LOGINS = [*ADMIN_LOGINS, "/_util/login/"]
CREDENTIALS = {"username": "boss@example.com", "login": "boss@example.com", "password": PASSWORD}


def test_staff_log_in_on_a_page_of_their_own_and_come_to_the_page_they_wanted(
    client: Client, editor: User
) -> None:
    page = client.get("/admin/account/", follow=True)
    assert page.redirect_chain[-1][0] == "/admin/login/?next=/admin/account/"
    assert "Log in to the admin" in page.text and "Create an account" not in page.text
    credentials = {"login": editor.email, "password": PASSWORD, "next": "/admin/account/"}
    answer = client.post("/admin/login/?next=/admin/account/", credentials, follow=True)
    assert answer.status_code == 200
    assert answer.request["PATH_INFO"] == "/admin/account/"


@pytest.mark.parametrize(
    ("login", "home"), [("/admin/login/", "/admin/"), ("/django-admin/login/", "/django-admin/")]
)
def test_without_next_the_login_leads_to_its_admin(
    client: Client, boss: User, login: str, home: str
) -> None:
    assert client.post(login, CREDENTIALS)["Location"] == home
    assert logged_in_as(client) == str(boss.pk)


@pytest.mark.parametrize("login", ADMIN_LOGINS)
def test_a_wrong_password_and_a_form_from_another_site_are_refused(boss: User, login: str) -> None:
    client = Client()
    assert client.post(login, {**CREDENTIALS, "password": "wrong"}).status_code == 200
    assert logged_in_as(client) is None
    client = Client(enforce_csrf_checks=True)
    assert client.post(login, CREDENTIALS).status_code == 403
    assert logged_in_as(client) is None


@pytest.mark.parametrize("login", ADMIN_LOGINS)
def test_guessing_staff_passwords_is_limited(boss: User, login: str, settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {}
    for _ in range(5):
        Client().post(login, {**CREDENTIALS, "password": "wrong"})
    client = Client()
    client.post(login, CREDENTIALS)
    assert logged_in_as(client) is None


def test_a_logged_in_shopper_gets_a_403_page_and_no_loop(client: Client, shopper: User) -> None:
    client.force_login(shopper)
    answer = client.get("/admin/", follow=True)
    assert answer.status_code == 403
    assert "error_page.html" in [template.name for template in answer.templates]
    assert logged_in_as(client) == str(shopper.pk)


def test_a_shopper_who_logs_in_on_the_way_to_the_admin_ends_at_the_403_page(
    client: Client, shopper: User
) -> None:
    answer = client.post(
        "/accounts/login/",
        {"login": shopper.email, "password": PASSWORD, "next": "/admin/"},
        follow=True,
    )
    assert answer.status_code == 403


def test_a_logged_in_shopper_gets_a_403_at_every_login(client: Client, shopper: User) -> None:
    client.force_login(shopper)
    for login in LOGINS:
        assert client.get(login).status_code == 403, login
    assert client.get("/django-admin/", follow=True).status_code == 403


def test_an_editor_stays_out_of_djangos_admin(client: Client, editor: User) -> None:
    client.force_login(editor)
    assert client.get("/django-admin/", follow=True).status_code == 403


@pytest.mark.parametrize("login", LOGINS)
def test_a_login_does_not_change_who_is_logged_in(
    client: Client, editor: User, boss: User, login: str
) -> None:
    client.force_login(editor)
    assert client.post(login, CREDENTIALS).status_code in (403, 405)
    assert logged_in_as(client) == str(editor.pk)


def test_the_login_of_private_pages_takes_no_password(client: Client, boss: User) -> None:
    assert client.post("/_util/login/", CREDENTIALS).status_code == 405
    assert logged_in_as(client) is None


def test_wagtails_own_password_reset_is_closed(client: Client, boss: User) -> None:
    assert client.get("/admin/password_reset/").status_code == 404
    assert client.post("/admin/password_reset/", {"email": boss.email}).status_code == 404


@pytest.mark.parametrize(
    ("login", "target"),
    [("/admin/login/", "/admin/pages/"), ("/django-admin/login/", "/django-admin/users/user/")],
)
def test_staff_who_are_logged_in_come_to_the_page_they_wanted(
    client: Client, boss: User, login: str, target: str
) -> None:
    client.force_login(boss)
    assert client.get(login, {"next": target})["Location"] == target


@pytest.mark.parametrize(
    ("login", "home"), [("/admin/login/", "/admin/"), ("/django-admin/login/", "/django-admin/")]
)
@pytest.mark.parametrize(
    "target", ["", "https://evil.example/", "//evil.example/", "/\\evil.example"]
)
def test_a_login_leads_to_no_other_host(
    client: Client, boss: User, login: str, home: str, target: str
) -> None:
    answer = client.post(f"{login}?next={target}", {**CREDENTIALS, "next": target})
    assert answer["Location"] == home
    assert client.get(login, {"next": target})["Location"] == home


def test_a_visitor_of_a_private_page_comes_to_allauth_and_back(client: Client) -> None:
    answer = client.get("/_util/login/", {"next": "/products/"})
    assert answer["Location"] == "/accounts/login/?next=/products/"


def test_staff_whom_a_private_page_is_not_for_get_a_403_instead_of_a_loop(
    client: Client, editor: User
) -> None:
    client.force_login(editor)
    assert client.get("/_util/login/", {"next": "/products/"}).status_code == 403


def test_the_pages_of_the_admins_can_be_opened_by_staff(client: Client, boss: User) -> None:
    client.force_login(boss)
    for page in [
        "/admin/",
        "/django-admin/",
        "/django-admin/users/user/",
        "/django-admin/users/user/add/",
    ]:
        assert client.get(page).status_code == 200, page


def test_logging_out_of_wagtail_takes_a_post_and_leads_to_the_login(
    client: Client, editor: User
) -> None:
    client.force_login(editor)
    assert client.get("/admin/logout/").status_code == 405
    assert logged_in_as(client) == str(editor.pk)
    answer = client.post("/admin/logout/", follow=True)
    assert answer.request["PATH_INFO"] == "/admin/login/"
    assert logged_in_as(client) is None


def test_djangos_admin_adds_a_user_by_address(client: Client, boss: User) -> None:
    client.force_login(boss)
    form = {
        "email": "Made@Example.com",
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    assert client.post("/django-admin/users/user/add/", form).status_code == 302
    made = User.objects.get(email="made@example.com")
    assert made.check_password(PASSWORD)
    assert client.get(f"/django-admin/users/user/{made.pk}/change/").status_code == 200


def test_djangos_admin_refuses_a_taken_address_whatever_its_case(
    client: Client, boss: User, shopper: User
) -> None:
    client.force_login(boss)
    form = {
        "email": "ANN@example.com",
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    answer = client.post("/django-admin/users/user/add/", form)
    assert "Another account uses this address." in answer.text
    assert User.objects.count() == 2
