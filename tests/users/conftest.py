"""Who the tests of the users floor are about."""

import pytest
from django.contrib.auth.models import Group, Permission

from tests.users.browsing import PASSWORD
from users.models import User


@pytest.fixture
def shopper(db: None) -> User:
    """Somebody who may buy, and nothing else."""
    return User.objects.create_user("ann@example.com", PASSWORD)


@pytest.fixture
def editors(db: None) -> Group:
    """A group that may enter Wagtail's admin."""
    group = Group.objects.create(name="Test editors")
    group.permissions.add(
        Permission.objects.get(codename="access_admin", content_type__app_label="wagtailadmin")
    )
    return group


@pytest.fixture
def editor(editors: Group) -> User:
    """Somebody who may enter Wagtail's admin, but not Django's."""
    user = User.objects.create_user("ed@example.com", PASSWORD)
    user.groups.add(editors)
    return user


@pytest.fixture
def boss(db: None) -> User:
    """Somebody who may do everything."""
    return User.objects.create_superuser("boss@example.com", PASSWORD)
