"""Keep allauth's address rows in sync with `User.email` for users saved outside allauth's pages.

allauth logs people in by its EmailAddress rows; Wagtail, Django's admin and commands only know
`User.email`.

- Staff without a row get one, primary and verified: whoever created the account vouched for the
  address. Staff are users with `is_staff` or `is_superuser`, and members of a group with access to
  Wagtail's admin.
- Shoppers get their row from allauth at sign-up, unverified; nothing here verifies it. Nor does
  making a shopper staff: anyone can sign up with another person's address and wait to be promoted.
  They confirm the address by email like everybody else.
- When `User.email` is no longer the primary row, somebody changed it outside allauth (which moves
  the row first). The old rows are deleted, so that nobody can log in with the old address; the new
  one is primary, and verified if the user is staff.
- An address that another account has verified is never taken from it: the row stays unverified.
"""

from collections.abc import Iterable
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import QuerySet

from .models import User


def on_user_saved(sender: type[User], instance: User, raw: bool, **kwargs: Any) -> None:
    """Update the address rows of a saved user.

    Fixtures (`raw`) bring their own rows, and a login (`last_login` alone) changes nothing.
    """
    saved = kwargs.get("update_fields")
    if not raw and (saved is None or {"email", "is_staff", "is_superuser"} & set(saved)):
        sync_addresses(instance)


def on_groups_changed(
    sender: type, instance: User | Group, action: str, pk_set: set[int], **kwargs: Any
) -> None:
    """Update the address rows of users who joined a group, from whichever side they were added."""
    if action == "post_add":
        for user in joined(instance, pk_set):
            sync_addresses(user)


def joined(instance: User | Group, pks: set[int]) -> Iterable[User]:
    return User.objects.filter(pk__in=pks) if isinstance(instance, Group) else [instance]


@transaction.atomic
def sync_addresses(user: User) -> None:
    """Bring the user's address rows up to `user.email`. Does nothing when they already agree."""
    rows = EmailAddress.objects.filter(user=user)
    if rows.exists():
        if not rows.filter(email=user.email, primary=True).exists():
            replace(rows, user)
    elif is_staff(user):
        add(user, verified=True)


def is_staff(user: User) -> bool:
    """Whether the user may log in to one of the two admins.

    One query at most; never cached, unlike `has_perm`.
    """
    return user.is_staff or user.is_superuser or has_wagtail_access(user.groups.all())


def has_wagtail_access(groups: QuerySet[Group]) -> bool:
    return groups.filter(
        permissions__codename="access_admin", permissions__content_type__app_label="wagtailadmin"
    ).exists()


def replace(rows: QuerySet[EmailAddress], user: User) -> None:
    verified = rows.filter(email=user.email, verified=True).exists()
    rows.delete()
    add(user, verified=verified or is_staff(user))


def add(user: User, *, verified: bool) -> None:
    address = EmailAddress(user=user, email=user.email, primary=True)
    address.verified = verified and address.can_set_verified()
    address.save()
