"""Pitfall 34: a user manager made a superuser and deleted the real one."""

from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Group, Permission
from django.test import Client

from tests.permissions.forms import fields_of
from tests.staff import make_staff
from tests.users.browsing import PASSWORD
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> Client:
    browser = Client()
    browser.force_login(make_staff(role="Owners", email="owner@example.com"))
    return browser


@pytest.fixture
def strangers_group() -> Group:
    """A group that permits what owners may not do."""
    group = Group.objects.create(name="Sites")
    group.permissions.add(Permission.objects.get(codename="change_site"))
    return group


def person(**fields: Any) -> dict[str, Any]:
    names = {"email": "made@example.com", "first_name": "", "last_name": ""}
    return {**names, "password1": PASSWORD, "password2": PASSWORD, "is_active": "on", **fields}


def test_an_owner_makes_staff_with_roles_but_no_superuser(owner: Client) -> None:
    desk = Group.objects.get(name="Order desk")
    assert 'name="is_superuser"' not in owner.get("/admin/users/new/").text
    form = person(is_superuser="on", groups=[desk.pk])
    assert owner.post("/admin/users/new/", form).status_code == 302
    made = User.objects.get(email="made@example.com")
    assert not made.is_superuser and list(made.groups.all()) == [desk]


def test_an_owner_cannot_give_a_group_that_permits_more(
    owner: Client, strangers_group: Group
) -> None:
    page = owner.post("/admin/users/new/", person(groups=[strangers_group.pk]))
    assert page.status_code == 200
    assert not User.objects.filter(email="made@example.com").exists()
    me = User.objects.get(email="owner@example.com")
    kept = list(me.groups.values_list("pk", flat=True))
    form = person(email=me.email, groups=[*kept, strangers_group.pk])
    owner.post(f"/admin/users/edit/{me.pk}/", form)
    assert not me.groups.filter(pk=strangers_group.pk).exists()


def test_what_somebody_already_has_stays_when_an_owner_edits_them(
    owner: Client, strangers_group: Group
) -> None:
    user = make_staff(email="sites@example.com")
    user.groups.add(strangers_group)
    form = person(email=user.email, first_name="Ann", groups=[strangers_group.pk])
    owner.post(f"/admin/users/edit/{user.pk}/", form)
    user.refresh_from_db()
    assert user.first_name == "Ann" and user.groups.filter(pk=strangers_group.pk).exists()


@pytest.mark.parametrize("action", ["edit", "delete"])
def test_an_owner_cannot_touch_a_superuser(owner: Client, action: str) -> None:
    root = User.objects.create_superuser("root@example.com", PASSWORD)
    before = User.objects.values().get(pk=root.pk)
    form = person(email="taken@example.com", password1="another-long-one")
    owner.post(f"/admin/users/{action}/{root.pk}/", form)
    assert User.objects.values().get(pk=root.pk) == before


@pytest.mark.parametrize("action", ["delete", "assign_role", "set_active_state"])
def test_bulk_actions_on_users_are_for_superusers(owner: Client, action: str) -> None:
    root = User.objects.create_superuser("root@example.com", PASSWORD)
    address = f"/admin/bulk/users/user/{action}/?id={root.pk}"
    assert owner.get(address).status_code == 403
    assert owner.post(address, {"mark_as_active": ""}).status_code == 403
    root.refresh_from_db()
    assert root.is_active and root.is_superuser


def test_an_owner_cannot_put_more_into_a_group(owner: Client) -> None:
    group = Group.objects.get(name="Owners")
    address = f"/admin/groups/edit/{group.pk}/"
    page = BeautifulSoup(owner.get(address).text, "html.parser")
    forms = [fields_of(form) for form in page.select('form[method="post" i]')]
    form: dict[str, Any] = max(forms, key=lambda fields: len(fields))
    more = str(Permission.objects.get(codename="change_site").pk)
    refused = owner.post(address, {**form, "permissions": [*form["permissions"], more]})
    assert refused.status_code in (302, 403)
    assert not group.permissions.filter(pk=more).exists()
    dropped = form["permissions"].pop()
    assert owner.post(address, form).status_code == 302
    assert not group.permissions.filter(pk=dropped).exists()
