"""Whose address counts as verified for users saved outside allauth's pages, and what a new address
does to the old.
"""

from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client
from pytest_django.fixtures import Settings

from tests.users.browsing import PASSWORD, can_log_in, emails
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def mandatory(settings: Settings) -> None:
    """Addresses must be confirmed, as in production."""
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"


@pytest.fixture
def signed_up(client: Client) -> User:
    """Somebody who signed up and has not confirmed the address."""
    client.post(
        "/accounts/signup/",
        {"email": "ann@example.com", "password1": PASSWORD, "password2": PASSWORD},
    )
    emails().clear()
    return User.objects.get(email="ann@example.com")


def rows(user: User) -> list[tuple[str, bool, bool]]:
    """Return the user's address rows: email, primary, verified."""
    return list(
        EmailAddress.objects.filter(user=user)
        .order_by("email")
        .values_list("email", "primary", "verified")
    )


def test_a_superuser_made_by_command_logs_in_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", interactive=False, email="Root@Example.com", stdout=StringIO())
    assert rows(User.objects.get()) == [("root@example.com", True, True)]
    assert can_log_in("root@example.com")
    assert not emails()


def test_a_user_added_to_a_group_that_enters_the_admin_logs_in_at_once(editor: User) -> None:
    assert rows(editor) == [("ed@example.com", True, True)]
    assert can_log_in("ed@example.com")


def test_it_does_not_matter_from_which_side_a_user_joins_the_group(
    shopper: User, editors: Group
) -> None:
    editors.user_set.add(shopper)
    assert rows(shopper) == [("ann@example.com", True, True)]


def test_a_group_that_does_not_enter_the_admin_vouches_for_nobody(shopper: User) -> None:
    shopper.groups.add(Group.objects.create(name="Wholesale"))
    assert rows(shopper) == []


def test_a_customer_made_outside_the_sign_up_has_to_confirm(shopper: User) -> None:
    shopper.first_name = "Ann"
    shopper.save()
    assert rows(shopper) == []
    assert not can_log_in("ann@example.com")
    assert emails()[0].to == ["ann@example.com"]


def test_saving_a_customer_verifies_nothing(signed_up: User) -> None:
    signed_up.first_name = "Ann"
    signed_up.save()
    assert rows(signed_up) == [("ann@example.com", True, False)]
    assert not can_log_in("ann@example.com")


def test_becoming_staff_does_not_verify_an_address_somebody_only_typed(
    signed_up: User, editors: Group
) -> None:
    signed_up.groups.add(editors)
    signed_up.is_staff = True
    signed_up.save()
    assert rows(signed_up) == [("ann@example.com", True, False)]
    assert not can_log_in("ann@example.com")


def test_a_new_address_of_staff_is_verified_and_the_old_one_opens_nothing(editor: User) -> None:
    editor.email = "Edith@Example.com"
    editor.save()
    assert rows(editor) == [("edith@example.com", True, True)]
    assert can_log_in("edith@example.com")
    assert not can_log_in("ed@example.com")


def test_the_old_address_of_staff_gets_no_link_to_reset_the_password(
    client: Client, editor: User
) -> None:
    editor.email = "edith@example.com"
    editor.save()
    client.post("/accounts/password/reset/", {"email": "ed@example.com"})
    assert "/password/reset/key/" not in str(emails()[0].body)


def test_a_new_address_of_a_customer_has_to_be_confirmed_and_the_old_one_opens_nothing(
    signed_up: User,
) -> None:
    EmailAddress.objects.filter(user=signed_up).update(verified=True)
    EmailAddress.objects.create(user=signed_up, email="second@example.com", verified=True)
    signed_up.email = "moved@example.com"
    signed_up.save()
    assert rows(signed_up) == [("moved@example.com", True, False)]
    assert not can_log_in("ann@example.com")
    assert not can_log_in("second@example.com")
    assert not can_log_in("moved@example.com")
    assert emails()[-1].to == ["moved@example.com"]


def test_without_verification_too_the_old_address_opens_nothing(
    signed_up: User, settings: Settings
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "none"
    signed_up.email = "moved@example.com"
    signed_up.save()
    assert can_log_in("moved@example.com")
    assert not can_log_in("ann@example.com")


def test_an_address_the_customer_had_verified_stays_verified_when_it_becomes_the_first(
    signed_up: User,
) -> None:
    EmailAddress.objects.create(user=signed_up, email="second@example.com", verified=True)
    signed_up.email = "second@example.com"
    signed_up.save()
    assert rows(signed_up) == [("second@example.com", True, True)]


def test_a_second_address_made_the_first_on_allauths_page_keeps_the_other(
    client: Client, signed_up: User
) -> None:
    EmailAddress.objects.filter(user=signed_up).update(verified=True)
    EmailAddress.objects.create(user=signed_up, email="second@example.com", verified=True)
    client.force_login(signed_up)
    form = {"action_primary": "", "email": "second@example.com"}
    client.post(client.post("/accounts/email/", form)["Location"], {"password": PASSWORD})
    signed_up.refresh_from_db()
    assert signed_up.email == "second@example.com"
    assert rows(signed_up) == [("ann@example.com", False, True), ("second@example.com", True, True)]


def test_saving_staff_again_keeps_their_other_addresses(editor: User) -> None:
    EmailAddress.objects.create(user=editor, email="second@example.com", verified=True)
    editor.first_name = "Ed"
    editor.save()
    assert rows(editor) == [("ed@example.com", True, True), ("second@example.com", False, True)]


def test_an_address_another_account_has_verified_is_not_taken_from_it(signed_up: User) -> None:
    EmailAddress.objects.create(user=signed_up, email="root@example.com", verified=True)
    root = User.objects.create_superuser("root@example.com", PASSWORD)
    assert rows(root) == [("root@example.com", True, False)]
    assert ("root@example.com", False, True) in rows(signed_up)


def test_a_save_of_other_fields_alone_writes_no_address_row(shopper: User) -> None:
    shopper.is_staff = True
    shopper.save(update_fields=["last_login"])
    assert rows(shopper) == []
