"""Settings → Users in Wagtail's admin."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.test import Client
from pytest_django.fixtures import Settings

from tests.users.browsing import PASSWORD, can_log_in
from users.models import User

pytestmark = pytest.mark.django_db
ADD = "/admin/users/new/"


@pytest.fixture(autouse=True)
def mandatory(settings: Settings) -> None:
    """Addresses must be confirmed, as in production."""
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"


@pytest.fixture
def admin(client: Client, boss: User) -> Client:
    """A browser in which the boss is logged in."""
    client.force_login(boss)
    return client


def new_user(email: str, **more: object) -> dict[str, object]:
    """Return the form of a new user, without names."""
    return {
        "email": email,
        "first_name": "",
        "last_name": "",
        "password1": PASSWORD,
        "password2": PASSWORD,
        **more,
    }


def test_staff_made_in_wagtail_need_no_name_and_log_in_at_once(
    admin: Client, editors: Group
) -> None:
    assert admin.post(ADD, new_user("Made@Example.com", groups=[editors.pk])).status_code == 302
    made = User.objects.get(email="made@example.com")
    assert (made.first_name, made.last_name) == ("", "")
    assert can_log_in("made@example.com")


def test_an_administrator_made_in_wagtail_logs_in_at_once(admin: Client) -> None:
    admin.post(ADD, new_user("made@example.com", is_superuser="on"))
    assert can_log_in("made@example.com")


def test_a_customer_made_in_wagtail_has_to_confirm(admin: Client) -> None:
    assert admin.post(ADD, new_user("made@example.com")).status_code == 302
    assert not can_log_in("made@example.com")


def test_a_taken_address_is_refused_whatever_its_case(admin: Client, shopper: User) -> None:
    answer = admin.post(ADD, new_user("ANN@example.com"))
    assert "Another account uses this address." in answer.text
    assert User.objects.count() == 2


def test_another_accounts_verified_second_address_is_refused(admin: Client, shopper: User) -> None:
    EmailAddress.objects.create(user=shopper, email="ann@example.com", primary=True, verified=True)
    EmailAddress.objects.create(user=shopper, email="second@example.com", verified=True)
    answer = admin.post(ADD, new_user("Second@example.com"))
    assert "Another account uses this address." in answer.text
    assert User.objects.count() == 2


def test_a_changed_address_moves_the_login(admin: Client, editor: User, editors: Group) -> None:
    form = {"email": "Edith@Example.com", "is_active": "on", "groups": [editors.pk]}
    assert admin.post(f"/admin/users/edit/{editor.pk}/", form).status_code == 302
    assert can_log_in("edith@example.com")
    assert not can_log_in("ed@example.com")


def test_a_customers_changed_address_has_to_be_confirmed_and_the_old_one_opens_nothing(
    admin: Client, shopper: User
) -> None:
    EmailAddress.objects.create(user=shopper, email=shopper.email, primary=True, verified=True)
    assert can_log_in("ann@example.com")
    form = {"email": "moved@example.com", "is_active": "on"}
    assert admin.post(f"/admin/users/edit/{shopper.pk}/", form).status_code == 302
    assert not can_log_in("ann@example.com")
    assert not can_log_in("moved@example.com")


def test_saving_a_user_under_the_same_address_is_not_a_duplicate(
    admin: Client, shopper: User
) -> None:
    form = {"email": "ANN@example.com", "first_name": "Ann", "is_active": "on"}
    assert admin.post(f"/admin/users/edit/{shopper.pk}/", form).status_code == 302
    shopper.refresh_from_db()
    assert (shopper.email, shopper.first_name) == ("ann@example.com", "Ann")


def test_the_list_has_staff_only_and_calls_the_column_email(
    admin: Client, editor: User, shopper: User
) -> None:
    page = admin.get("/admin/users/").text
    assert "Email" in page
    assert "Username" not in page
    assert editor.email in page and "ann@example.com" not in page


def test_an_editor_sees_no_users(client: Client, editor: User, shopper: User) -> None:
    client.force_login(editor)
    assert client.get("/admin/users/").status_code == 302
    form = {"email": "moved@example.com", "is_active": "on"}
    client.post(f"/admin/users/edit/{shopper.pk}/", form)
    shopper.refresh_from_db()
    assert shopper.email == "ann@example.com"
