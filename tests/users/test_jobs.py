"""Sessions do not stay in the database forever."""

from datetime import timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.utils import timezone

from users.jobs import delete_expired_sessions


@pytest.mark.django_db
def test_expired_sessions_are_deleted_and_others_stay() -> None:
    for _ in range(2):
        SessionStore().save()
    old, new = Session.objects.all()
    Session.objects.filter(pk=old.pk).update(expire_date=timezone.now() - timedelta(seconds=1))
    delete_expired_sessions()
    assert list(Session.objects.all()) == [new]
