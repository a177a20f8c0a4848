"""`manage.py runserver`, with the checks that read the database."""

from typing import Any

from django.contrib.staticfiles.management.commands import runserver
from django.core.checks import Tags


class Command(runserver.Command):
    """Django's command runs only the other checks, and only after each reload."""

    def get_check_kwargs(self, options: dict[str, Any]) -> Any:
        """Check the database before the server starts, and again after each reload."""
        return {"tags": [Tags.database], "databases": ["default"]}
