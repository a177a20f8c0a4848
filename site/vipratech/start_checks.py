"""What gunicorn asks before it listens: may a shop with these settings and this database have visitors?"""

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import DatabaseError, connections


def refuse_if_wrong() -> None:
    """Run the system checks, those of the database's content included. Raises SystemExit with the reason."""
    try:
        django.setup()
        call_command("check", databases=["default"], verbosity=0)
        connections["default"].ensure_connection()  # the checks take no answer for a good one
    except (ImproperlyConfigured, SystemCheckError) as problem:
        raise SystemExit(f"The shop does not start: {problem}") from None
    except DatabaseError as problem:
        raise SystemExit(f"The shop does not start, its database does not answer: {problem}") from None
    connections.close_all()  # workers are forked from this process
