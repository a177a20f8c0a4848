"""The demo's people, whose password everybody knows, may not be in a shop that is none."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import checks
from django.db import DatabaseError, connections

from home.demo import content
from stripe_gateway.account import is_live
from users.models import User


def register() -> None:
    """Register the check; it reads the database, so it runs where databases are checked: migrate,
    worker, gunicorn.
    """
    checks.register(no_demo_people, checks.Tags.database)


def no_demo_people(
    app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """home.E001: no active demo user where keys are live, or on a server that is no demo.

    A developer's machine with a test key may keep them: there the demo is turned off and on.
    """
    if not is_live() and (settings.SHOP_DEMO or settings.DEBUG):
        return []
    found = sorted(email for alias in databases or [] for email in demo_people(alias))
    if not found:
        return []
    hint = "Delete them or make them inactive, in the demo: everybody knows their password."
    return [
        checks.Error(
            f"This shop is no demo, but has demo users: {', '.join(found)}.",
            hint=hint,
            id="home.E001",
        )
    ]


def demo_people(alias: str) -> list[str]:
    """The e-mails of active demo users in a database; none where there is no table or no answer."""
    try:
        if User._meta.db_table not in connections[alias].introspection.table_names():
            return []
        demo = [user.email for user in content.USERS]
        people = User.objects.using(alias).filter(email__in=demo, is_active=True)
        return list(people.values_list("email", flat=True))
    except DatabaseError:
        return []  # the database's own error comes with the first query
