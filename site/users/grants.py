"""Nobody gives anybody permissions that they do not have themselves, and only superusers change
superusers. Wagtail's user screens check neither.
"""

from django.contrib.auth.models import Group
from wagtail.models import GroupCollectionPermission, GroupPagePermission

from users.models import User

Grant = tuple[str, ...]


def grants_of_groups(keys: list[int]) -> set[Grant]:
    """What groups permit: names of permissions, some of them on a page or a collection."""
    named = Group.objects.filter(pk__in=keys, permissions__isnull=False).values_list(
        "permissions__content_type__app_label", "permissions__codename"
    )
    on_pages = GroupPagePermission.objects.filter(group__in=keys).values_list(
        "page_id", "permission__codename"
    )
    on_collections = GroupCollectionPermission.objects.filter(group__in=keys).values_list(
        "collection_id", "permission__codename"
    )
    return {
        *((f"{app}.{codename}",) for app, codename in named),
        *(("page", str(pk), codename) for pk, codename in on_pages),
        *(("collection", str(pk), codename) for pk, codename in on_collections),
    }


def grants_of_user(user: User) -> set[Grant]:
    """What a user who is not a superuser may do."""
    groups = list(user.groups.values_list("pk", flat=True))
    own = user.user_permissions.values_list("content_type__app_label", "codename")
    return grants_of_groups(groups) | {(f"{app}.{codename}",) for app, codename in own}


def groups_to_give(user: User) -> list[int]:
    """The groups that permit nothing that the user may not do."""
    keys = list(Group.objects.values_list("pk", flat=True))
    if user.is_superuser:
        return keys
    held = grants_of_user(user)
    return [key for key in keys if grants_of_groups([key]) <= held]
