"""Demo users, whose password is public, must not exist in a shop that is not a demo."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import checks
from django.db import DatabaseError, connections

from home.demo import content
from stripe_gateway.account import is_live
from users.models import User


def register() -> None:
    """Register the check. It reads the database, so it runs with the database checks: in migrate,
    the worker and gunicorn.
    """
    checks.register(no_demo_users, checks.Tags.database)


def no_demo_users(
    app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """home.E001: there are no active demo users with a live key, or on a server that is not a demo.

    With DEBUG and a test key they are accepted: developers turn the demo off and on.
    """
    if not is_live() and (settings.SHOP_DEMO or settings.DEBUG):
        return []
    found = sorted(email for alias in databases or [] for email in active_demo_users(alias))
    if not found:
        return []
    hint = "Delete or deactivate them before you turn the demo off: their password is public."
    return [
        checks.Error(
            f"This shop is not a demo, but it has demo users: {', '.join(found)}.",
            hint=hint,
            id="home.E001",
        )
    ]


def active_demo_users(alias: str) -> list[str]:
    """The email addresses of active demo users in a database; none if it cannot be queried."""
    try:
        if User._meta.db_table not in connections[alias].introspection.table_names():
            return []
        demo = [user.email for user in content.USERS]
        people = User.objects.using(alias).filter(email__in=demo, is_active=True)
        return list(people.values_list("email", flat=True))
    except DatabaseError:
        return []  # the first query of the command reports the error
