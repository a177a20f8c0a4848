"""What gunicorn checks before it listens."""

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import DatabaseError, connections


def refuse_to_start_if_misconfigured() -> None:
    """Run the system checks, those of the database included. Raises SystemExit with the reason."""
    try:
        django.setup()
        call_command("check", databases=["default"], verbosity=0)
        # The checks pass if the database does not answer.
        connections["default"].ensure_connection()
    except (ImproperlyConfigured, SystemCheckError) as problem:
        raise SystemExit(f"The shop cannot start: {problem}") from None
    except DatabaseError as problem:
        raise SystemExit(
            f"The shop cannot start: the database does not answer: {problem}"
        ) from None
    connections.close_all()  # workers are forked from this process
