"""The ways into the two admins: through allauth, without a loop and without a back door."""

import pytest
from django.test import Client

from tests.users.browsing import PASSWORD, logged_in_as
from users.models import User

pytestmark = pytest.mark.django_db
DOORS = ["/admin/login/", "/_util/login/", "/django-admin/login/"]
CREDENTIALS = {"username": "boss@example.com", "login": "boss@example.com", "password": PASSWORD}


def test_an_anonymous_visitor_of_the_admin_comes_to_allauth_and_then_to_the_page_asked_for(
    client: Client, editor: User
) -> None:
    page = client.get("/admin/account/", follow=True)
    assert page.redirect_chain[-1][0] == "/accounts/login/?next=/admin/account/"
    answer = client.post(
        "/accounts/login/",
        {"login": editor.email, "password": PASSWORD, "next": "/admin/account/"},
        follow=True,
    )
    assert answer.status_code == 200
    assert answer.request["PATH_INFO"] == "/admin/account/"


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


def test_a_logged_in_shopper_gets_a_403_at_every_door(client: Client, shopper: User) -> None:
    client.force_login(shopper)
    for door in DOORS:
        assert client.get(door).status_code == 403, door
    assert client.get("/django-admin/", follow=True).status_code == 403


def test_an_editor_stays_out_of_djangos_admin(client: Client, editor: User) -> None:
    client.force_login(editor)
    assert client.get("/django-admin/", follow=True).status_code == 403


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("enforce_csrf_checks", [False, True])
def test_a_door_takes_no_password(boss: User, door: str, enforce_csrf_checks: bool) -> None:
    client = Client(enforce_csrf_checks=enforce_csrf_checks)
    assert client.post(door, CREDENTIALS).status_code in (403, 405)
    assert logged_in_as(client) is None


@pytest.mark.parametrize("door", DOORS)
def test_a_door_does_not_change_who_is_logged_in(
    client: Client, editor: User, boss: User, door: str
) -> None:
    client.force_login(editor)
    assert client.post(door, CREDENTIALS).status_code == 405
    assert logged_in_as(client) == str(editor.pk)


def test_wagtails_own_password_reset_is_closed(client: Client, boss: User) -> None:
    assert client.get("/admin/password_reset/").status_code == 404
    assert client.post("/admin/password_reset/", {"email": boss.email}).status_code == 404


@pytest.mark.parametrize(
    ("door", "target"),
    [("/admin/login/", "/admin/pages/"), ("/django-admin/login/", "/django-admin/users/user/")],
)
def test_a_door_lets_staff_through_to_the_page_asked_for(
    client: Client, boss: User, door: str, target: str
) -> None:
    client.force_login(boss)
    assert client.get(door, {"next": target})["Location"] == target


@pytest.mark.parametrize(
    ("door", "home"), [("/admin/login/", "/admin/"), ("/django-admin/login/", "/django-admin/")]
)
@pytest.mark.parametrize(
    "target", ["", "https://evil.example/", "//evil.example/", "/\\evil.example"]
)
def test_a_door_leads_to_no_other_host(
    client: Client, boss: User, door: str, home: str, target: str
) -> None:
    anonymous = client.get(door, {"next": target})
    assert anonymous["Location"] == f"/accounts/login/?next={home}"
    client.force_login(boss)
    assert client.get(door, {"next": target})["Location"] == home


def test_a_visitor_of_a_private_page_comes_to_allauth_and_back(client: Client) -> None:
    answer = client.get("/_util/login/", {"next": "/products/"})
    assert answer["Location"] == "/accounts/login/?next=/products/"


def test_staff_whom_a_private_page_is_not_for_get_a_403_instead_of_a_loop(
    client: Client, editor: User
) -> None:
    client.force_login(editor)
    assert client.get("/_util/login/", {"next": "/products/"}).status_code == 403


def test_the_admins_pages_open_for_their_people(client: Client, boss: User) -> None:
    client.force_login(boss)
    for page in [
        "/admin/",
        "/django-admin/",
        "/django-admin/users/user/",
        "/django-admin/users/user/add/",
    ]:
        assert client.get(page).status_code == 200, page


def test_logging_out_of_wagtail_takes_a_post_and_leads_to_allauth(
    client: Client, editor: User
) -> None:
    client.force_login(editor)
    assert client.get("/admin/logout/").status_code == 405
    assert logged_in_as(client) == str(editor.pk)
    answer = client.post("/admin/logout/", follow=True)
    assert answer.request["PATH_INFO"] == "/accounts/login/"
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
    assert "This address is taken." in answer.text
    assert User.objects.count() == 2
