"""`manage.py shell`, with the checks that read the database."""

from django.core.management.commands import shell

from worker.checked_command import CheckedCommand


class Command(CheckedCommand, shell.Command):
    """Django's shell runs no checks, but it can change orders and prices as every command can."""

    requires_system_checks = "__all__"
