"""Users with different permissions."""

import pytest
from django.contrib.auth.models import Group, Permission

from tests.users.browsing import PASSWORD
from users.models import User


@pytest.fixture
def shopper(db: None) -> User:
    """A user without permissions."""
    return User.objects.create_user("ann@example.com", PASSWORD)


@pytest.fixture
def editors(db: None) -> Group:
    """A group with access to Wagtail's admin."""
    group = Group.objects.create(name="Test editors")
    group.permissions.add(
        Permission.objects.get(codename="access_admin", content_type__app_label="wagtailadmin")
    )
    return group


@pytest.fixture
def editor(editors: Group) -> User:
    """A user with access to Wagtail's admin, but not to Django's."""
    user = User.objects.create_user("ed@example.com", PASSWORD)
    user.groups.add(editors)
    return user


@pytest.fixture
def boss(db: None) -> User:
    """A superuser."""
    return User.objects.create_superuser("boss@example.com", PASSWORD)
