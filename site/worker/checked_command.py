"""The base class of the shop's own management commands."""

from typing import Any

from django.core.management.base import BaseCommand


class CheckedCommand(BaseCommand):
    """Runs the checks that read the database, which Django leaves out for most commands.

    A command that writes orders or sends prices to Stripe must refuse a database with another
    currency or from another version, exactly as the web server and the worker do.
    See "requires_system_checks" and "Tags.database" in Django's documentation.
    """

    def get_check_kwargs(self, options: dict[str, Any]) -> Any:
        """Add the database to the arguments of `check`."""
        return {**super().get_check_kwargs(options), "databases": ["default"]}
