"""The staff roles: what a new database has, and what later changes of the table may do."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client
from wagtail.models import GroupCollectionPermission, GroupPagePermission, Workflow
from wagtail.test.utils.form_data import inline_formset, nested_form_data, streamfield

from products.models import ProductIndexPage, ProductPage
from shop_settings.models import ShopSettings
from users import roles
from users.models import AppliedPermission, User
from users.roles import FINANCE, ROLES, Role

pytestmark = pytest.mark.django_db
Browser = Callable[[User], Client]


def granted(group: str) -> set[str]:
    """The names of all permissions that a group has, on pages and collections too."""
    rows = [
        *Group.objects.get(name=group).permissions.select_related("content_type"),
        *(row.permission for row in GroupPagePermission.objects.filter(group__name=group)),
        *(row.permission for row in GroupCollectionPermission.objects.filter(group__name=group)),
    ]
    return {f"{row.content_type.app_label}.{row.codename}" for row in rows}


def remove(group: str, name: str) -> None:
    """Take a permission from a group, as an owner does under Settings → Groups."""
    found = roles.permissions_by_name([name])[name]
    Group.objects.get(name=group).permissions.remove(found)
    GroupPagePermission.objects.filter(group__name=group, permission=found).delete()


def with_more(role: Role, *names: str) -> Role:
    return replace(role, permissions=(*role.permissions, *names))


def test_a_new_database_has_the_roles_of_the_table_and_no_other_groups() -> None:
    assert {role.group: granted(role.group) for role in ROLES} == {
        role.group: set(role.all_names) for role in ROLES
    }
    assert set(Group.objects.values_list("name", flat=True)) == {role.group for role in ROLES}
    assert not Workflow.objects.exists()


def test_applying_the_table_again_changes_nothing() -> None:
    before = {role.group: granted(role.group) for role in ROLES}
    call_command("migrate", verbosity=0)
    assert {role.group: granted(role.group) for role in ROLES} == before


@pytest.mark.parametrize(
    ("group", "name"),
    [("Finance", "orders.view_checkout"), ("Price editors", "wagtailcore.publish_page")],
)
def test_a_permission_that_an_owner_removed_stays_removed(group: str, name: str) -> None:
    remove(group, name)
    call_command("migrate", verbosity=0)
    assert name not in granted(group)


def test_a_permission_that_is_new_in_the_table_is_added_once() -> None:
    remove("Finance", "orders.view_checkout")
    table = [with_more(FINANCE, "orders.change_stripeevent")]
    roles.apply_roles(table)
    assert "orders.change_stripeevent" in granted("Finance")
    assert "orders.view_checkout" not in granted("Finance")

    remove("Finance", "orders.change_stripeevent")
    roles.apply_roles(table)
    assert "orders.change_stripeevent" not in granted("Finance")


def test_a_permission_that_an_owner_added_stays() -> None:
    found = roles.permissions_by_name(["users.view_user"])["users.view_user"]
    Group.objects.get(name="Finance").permissions.add(found)
    roles.apply_roles()
    assert "users.view_user" in granted("Finance")


def test_a_role_whose_group_was_deleted_is_written_in_full() -> None:
    remove("Finance", "orders.view_checkout")
    Group.objects.get(name="Finance").delete()
    roles.apply_roles()
    assert granted("Finance") == set(FINANCE.all_names)


def test_a_group_that_existed_before_the_role_is_left_as_it_is() -> None:
    Group.objects.create(name="Warehouse")
    roles.apply_roles([replace(FINANCE, group="Warehouse")])
    assert granted("Warehouse") == set()


def test_nothing_is_applied_while_a_permission_is_missing() -> None:
    before = AppliedPermission.objects.count()
    roles.apply_roles([with_more(FINANCE, "orders.not_migrated_yet")])
    roles.apply_roles([Role("Warehouse", ("orders.not_migrated_yet",))])
    assert not Group.objects.filter(name="Warehouse").exists()
    assert AppliedPermission.objects.count() == before


def test_a_check_rejects_names_that_do_not_exist() -> None:
    assert roles.check_names(None) == []
    wrong = ["orders.view_orders", "no_app.view_order", "view_order"]
    found = roles.check_names(None, [Role("Packers", ("orders.view_order", *wrong))])
    assert [message.id for message in found] == ["users.E001"] * 3
    assert "The role Packers has a permission that does not exist: orders.view_orders." in str(
        found[0]
    )


PLACES = {
    "/admin/pages/": {"Editors", "Price editors", "Owners"},
    "/admin/images/": {"Editors", "Price editors", "Owners"},
    "/admin/orders/": {"Order desk", "Finance", "Owners"},
    "/admin/checkouts/": {"Order desk", "Finance", "Owners"},
    "/admin/events/": {"Order desk", "Finance", "Owners"},
    "/admin/reconciliations/": {"Order desk", "Finance", "Owners"},
    "/admin/alerts/": {"Order desk", "Finance", "Owners"},
    "/admin/reports/jobs/": {"Order desk", "Finance", "Owners"},
    "/admin/users/": {"Owners"},
    "/admin/groups/": {"Owners"},
    "/admin/redirects/": {"Owners"},
    "/admin/collections/": {"Owners"},
    "/admin/workflows/list/": {"Owners"},
    "/admin/settings/shop_settings/shopsettings/1/": {"Owners"},
}


@pytest.mark.parametrize("role", [role.group for role in ROLES])
def test_each_role_reaches_its_own_screens_and_no_others(role: str, client_of: Browser) -> None:
    user = User.objects.create_user("staff@example.com", "a-long-password")
    user.groups.add(Group.objects.get(name=role))
    browser = client_of(user)
    ShopSettings.objects.get_or_create(pk=1)
    reached = {place for place in PLACES if browser.get(place).status_code == 200}
    assert reached == {place for place, allowed in PLACES.items() if role in allowed}


@pytest.mark.parametrize(("role", "is_live"), [("Editors", False), ("Price editors", True)])
def test_only_price_editors_publish_a_product_and_its_price(
    role: str, is_live: bool, client_of: Browser
) -> None:
    user = User.objects.create_user("staff@example.com", "a-long-password")
    user.groups.add(Group.objects.get(name=role))
    index = ProductIndexPage.objects.get()
    form = {
        "title": "Lamp",
        "slug": "lamp",
        "summary": "",
        "price": "10.00",
        "image": "",
        "image_alt": "",
        "gallery": streamfield([]),
        "body": streamfield([]),
        "comments": inline_formset([]),
        "action-publish": "action-publish",
    }
    address = f"/admin/pages/add/products/productpage/{index.pk}/"
    assert client_of(user).post(address, nested_form_data(form)).status_code == 302
    assert ProductPage.objects.get(slug="lamp").live is is_live


def test_the_guide_for_operators_names_every_role() -> None:
    guide = (Path(settings.ROOT) / "docs" / "operators.md").read_text()
    for role in ROLES:
        assert f"| {role.group} |" in guide
