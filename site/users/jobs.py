"""The periodic jobs of the users app."""

from datetime import timedelta

from django.core.management import call_command

from worker.registry import job


@job("delete_expired_sessions", every=timedelta(days=1))
def delete_expired_sessions() -> None:
    """Delete Django sessions that have expired."""
    call_command("clearsessions")
