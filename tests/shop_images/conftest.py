"""An editor's browser, and a place for the files of one test."""

from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from pytest_django import Settings

from users.models import User


@pytest.fixture(autouse=True)
def media(db: None, settings: Settings, tmp_path: Path) -> Path:
    """The folder of this test's uploads."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def editor(db: None) -> Client:
    """The browser of somebody who edits pages and images."""
    user = User.objects.create_user("editor@example.com", "a-long-password")
    user.groups.add(Group.objects.get(name="Editors"))
    client = Client()
    client.force_login(user)
    return client
