"""The staff roles: one table that says who may do what, and the code that applies it.

Each role is a group. The table is applied after every `migrate`. A role is written in full only if
its group does not exist. After that, only permissions that are new in the table are added, once,
and `AppliedPermission` records which ones those were: what an owner removes stays removed.

Page permissions apply to the whole page tree, collection permissions to all images.
See "Permissions" in Wagtail's documentation.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import AppConfig, apps
from django.contrib.auth import get_permission_codename
from django.contrib.auth.models import Group, Permission
from django.core import checks
from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.models import Model
from wagtail.models import Collection, GroupCollectionPermission, GroupPagePermission, Page

from users.models import AppliedPermission


@dataclass(frozen=True)
class Role:
    """One group of staff, with names of permissions such as `orders.view_order`."""

    group: str
    permissions: tuple[str, ...]
    on_pages: tuple[str, ...] = ()
    on_collections: tuple[str, ...] = ()

    @property
    def all_names(self) -> tuple[str, ...]:
        """The permissions of all three kinds."""
        return (*self.permissions, *self.on_pages, *self.on_collections)


ADMIN = "wagtailadmin.access_admin"
WRITE_PAGES = ("wagtailcore.add_page", "wagtailcore.change_page")
# Publishing a new price also needs PRICES.
PUBLISH_PAGES = (
    *WRITE_PAGES,
    "wagtailcore.publish_page",
    "wagtailcore.lock_page",
    "wagtailcore.unlock_page",
)
# Wagtail asks for these names whatever the image model is (`wagtail.images.get_permission_policy`).
IMAGES = ("wagtailimages.add_image", "wagtailimages.change_image", "wagtailimages.choose_image")
ORDERS = ("orders.view_order", "orders.view_checkout", "orders.view_customer")
REFUNDS = ("orders.add_refund",)
SHIPPING = ("orders.add_shipment", "orders.add_returnedgoods", "orders.cancel_order")
NOTES = ("orders.add_ordernote",)
STOCK = ("products.change_stock",)
MAIL = ("mail.view_message", "mail.change_message")  # change: send it again
EVENTS = ("orders.view_stripeevent", "orders.change_stripeevent")  # change: process it again
ALERTS = ("alerts.view_alert", "alerts.change_alert")  # change: resolve it
RECONCILIATIONS = ("orders.view_reconciliation", "worker.view_jobrun")
USERS = ("users.add_user", "users.change_user", "users.delete_user", "users.view_user")
GROUPS = ("auth.add_group", "auth.change_group", "auth.delete_group", "auth.view_group")
REDIRECTS = (
    "wagtailredirects.add_redirect",
    "wagtailredirects.change_redirect",
    "wagtailredirects.delete_redirect",
    "wagtailredirects.view_redirect",
)
WORKFLOWS = (
    "wagtailcore.add_workflow",
    "wagtailcore.change_workflow",
    "wagtailcore.delete_workflow",
    "wagtailcore.add_task",
    "wagtailcore.change_task",
    "wagtailcore.delete_task",
)
COLLECTIONS = (
    "wagtailcore.add_collection",
    "wagtailcore.change_collection",
    "wagtailcore.delete_collection",
)

PRICES = ("products.change_price", "products.sync_stripeproduct")

EDITORS = Role("Editors", (ADMIN,), on_pages=PUBLISH_PAGES, on_collections=IMAGES)
PRICE_EDITORS = Role(
    "Price editors", (ADMIN, *PRICES), on_pages=PUBLISH_PAGES, on_collections=IMAGES
)
ORDER_DESK = Role(
    "Order desk",
    (ADMIN, *ORDERS, *SHIPPING, *NOTES, *STOCK, *MAIL, *EVENTS, *ALERTS, *RECONCILIATIONS),
)
FINANCE = Role(
    "Finance",
    (ADMIN, *ORDERS, *REFUNDS, *NOTES, *MAIL, "orders.view_stripeevent", *ALERTS, *RECONCILIATIONS),
)
OWNERS = Role(
    "Owners",
    (
        *ORDER_DESK.permissions,
        *REFUNDS,
        *PRICES,
        *USERS,
        *GROUPS,
        *REDIRECTS,
        *WORKFLOWS,
        "shop_settings.change_shopsettings",
        "orders.change_checkoutsettings",
        "orders.erase_customer",
        "products.view_stripeproduct",  # ids in the price panel, to look things up at Stripe
    ),
    on_pages=(*PUBLISH_PAGES, "wagtailcore.bulk_delete_page"),
    on_collections=(*IMAGES, "wagtailimages.delete_image", *COLLECTIONS),
)
ROLES = (EDITORS, PRICE_EDITORS, ORDER_DESK, FINANCE, OWNERS)


def last_app() -> AppConfig:
    """The app whose `post_migrate` Django sends last; the other apps' permissions exist by then."""
    return [app for app in apps.get_app_configs() if app.models_module is not None][-1]


def apply_after_migrate(using: str = DEFAULT_DB_ALIAS, **signal: Any) -> None:
    """Apply the table once all permissions exist: `migrate` can also be run for one app only."""
    if using == DEFAULT_DB_ALIAS and is_migrated(signal.get("apps", apps)):
        apply_roles()


def is_migrated(state: Any) -> bool:
    """Whether the migrations that have run so far include the pages and our own table."""
    installed = {(model._meta.app_label, model._meta.model_name) for model in state.get_models()}
    return {("wagtailcore", "page"), ("users", "appliedpermission")} <= installed


@transaction.atomic
def apply_roles(roles: Iterable[Role] = ROLES) -> None:
    """Create the groups that do not exist, and add what is new in the table to the others.

    Does nothing in a database that lacks one of the permissions, the root page or the root
    collection: one that is being migrated or has been emptied.
    """
    roles = list(roles)
    found = permissions_by_name(name for role in roles for name in role.all_names)
    if found and Page.get_first_root_node() and Collection.get_first_root_node():
        for role in roles:
            apply_role(role, found)


def apply_role(role: Role, found: dict[str, Permission]) -> None:
    """Bring one group up to date, and record what was added.

    A group that somebody created before the role existed is left as it is.
    """
    records = AppliedPermission.objects.filter(role=role.group)
    group, is_new = Group.objects.get_or_create(name=role.group)
    if is_new:
        records.delete()
    if is_new or records.exists():
        applied = set(records.values_list("permission", flat=True))
        add(group, role, {name: found[name] for name in role.all_names if name not in applied})
    AppliedPermission.objects.bulk_create(
        [AppliedPermission(role=role.group, permission=name) for name in role.all_names],
        ignore_conflicts=True,
    )


def add(group: Group, role: Role, new: dict[str, Permission]) -> None:
    """Give the group the new permissions, each on what the role has it for."""
    group.permissions.add(*(new[name] for name in role.permissions if name in new))
    for name in new.keys() & set(role.on_pages):
        GroupPagePermission.objects.get_or_create(
            group=group, page=Page.get_first_root_node(), permission=new[name]
        )
    for name in new.keys() & set(role.on_collections):
        GroupCollectionPermission.objects.get_or_create(
            group=group, collection=Collection.get_first_root_node(), permission=new[name]
        )


def permissions_by_name(names: Iterable[str]) -> dict[str, Permission]:
    """The permissions with these names; empty unless every one of them is in the database."""
    wanted = set(names)
    rows = Permission.objects.select_related("content_type").filter(
        codename__in=[name.partition(".")[2] for name in wanted]
    )
    found = {f"{row.content_type.app_label}.{row.codename}": row for row in rows}
    return {name: found[name] for name in wanted} if wanted <= found.keys() else {}


def check_names(
    app_configs: Any, roles: Iterable[Role] = ROLES, **kwargs: Any
) -> list[checks.CheckMessage]:
    """users.E001: every permission in the table exists."""
    known = set(known_names())
    return [
        checks.Error(
            f"The role {role.group} has a permission that does not exist: {name}.",
            hint="Correct the name in users/roles.py.",
            id="users.E001",
        )
        for role in roles
        for name in role.all_names
        if name not in known
    ]


def known_names() -> Iterator[str]:
    """The name of every permission that Django creates for the installed models."""
    for model in apps.get_models():
        for codename in codenames(model):
            yield f"{model._meta.app_label}.{codename}"


def codenames(model: type[Model]) -> list[str]:
    """The codenames of a model's default permissions and of its own."""
    meta = model._meta
    default = [get_permission_codename(action, meta) for action in meta.default_permissions]
    return default + [codename for codename, _ in meta.permissions]
