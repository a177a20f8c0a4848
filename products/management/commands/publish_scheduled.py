"""`manage.py publish_scheduled`: make the scheduled changes now."""

from typing import Any

from wagtail.management.commands import publish_scheduled as wagtail_command

from products.scheduled import publish_scheduled
from worker.checked_command import CheckedCommand


class Command(CheckedCommand, wagtail_command.Command):
    """Wagtail's command, but a change that fails stays scheduled and raises an alert."""

    help = "Publish and unpublish the pages whose time has come. The worker does this every minute."

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the changes, or list them with --dryrun."""
        if options["dryrun"]:
            super().handle(*args, **options)
        else:
            publish_scheduled()
