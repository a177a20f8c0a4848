"""The user: an email address in lower case, unique without regard to case."""

from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from users.models import User

pytestmark = pytest.mark.django_db


def test_the_address_is_lowered_on_every_way_to_save() -> None:
    made = User.objects.create_user(" Ann@Example.COM ", "x")
    assert made.email == "ann@example.com"
    made.email = "Ann.Two@Example.com"
    made.save(update_fields=["email"])
    made.refresh_from_db()
    assert made.email == "ann.two@example.com"


def test_a_user_needs_an_address() -> None:
    with pytest.raises(ValueError, match="needs an email address"):
        User.objects.create_user("")
    assert not User.objects.exists()


def test_a_user_is_found_by_address_whatever_its_case() -> None:
    ann = User.objects.create_user("ann@example.com")
    assert User.objects.get_by_natural_key("ANN@example.com") == ann


def test_the_database_refuses_a_second_user_in_other_letters() -> None:
    User.objects.create_user("ann@example.com")
    with (
        pytest.raises(IntegrityError, match="users_user_email_unique_without_case"),
        transaction.atomic(),
    ):
        User.objects.bulk_create([User(email="ANN@example.com")])
    assert User.objects.count() == 1


def test_the_database_refuses_an_update_to_anothers_address_in_other_letters() -> None:
    User.objects.create_user("ann@example.com")
    bob = User.objects.create_user("bob@example.com")
    with (
        pytest.raises(IntegrityError, match="users_user_email_unique_without_case"),
        transaction.atomic(),
    ):
        User.objects.filter(pk=bob.pk).update(email="Ann@example.com")
    bob.refresh_from_db()
    assert bob.email == "bob@example.com"


def test_validation_names_the_field_once() -> None:
    User.objects.create_user("ann@example.com")
    with pytest.raises(ValidationError) as refusal:
        User(email="ANN@example.com", password="x").full_clean()
    assert refusal.value.message_dict == {"email": ["Another account uses this address."]}


def test_names_are_optional() -> None:
    User(email="ann@example.com", password="x").full_clean()


def test_createsuperuser_needs_nothing_but_an_address_and_a_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "a-long-enough-password")
    call_command("createsuperuser", interactive=False, email="Root@Example.com", stdout=StringIO())
    root = User.objects.get()
    assert (root.email, root.is_staff, root.is_superuser) == ("root@example.com", True, True)
    assert root.check_password("a-long-enough-password")
    assert User.REQUIRED_FIELDS == []


def test_createsuperuser_refuses_a_taken_address_in_other_letters(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ann = User.objects.create_user("ann@example.com")
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "a-long-enough-password")
    with pytest.raises(CommandError, match="already taken"):
        call_command(
            "createsuperuser", interactive=False, email="ANN@example.com", stdout=StringIO()
        )
    ann.refresh_from_db()
    assert not ann.is_superuser
    assert User.objects.count() == 1
