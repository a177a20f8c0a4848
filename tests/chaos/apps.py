"""What a chaos run changes in the shop's processes: shorter waits in a short run, fewer ways to
settle, a bug.
"""

import os

from django.apps import AppConfig


class ChaosConfig(AppConfig):
    """Changes nothing unless the environment says so."""

    name = "tests.chaos"

    def ready(self) -> None:
        """Called last of all apps' in each process."""
        from tests.chaos import (
            bugs,
            short_delays,
            webhook_only,
        )  # they import models, which are there only now

        short_delays.shorten_refund_pauses()
        short_delays.shorten_email_pauses()
        if os.environ.get("CHAOS_HURRY"):
            short_delays.shorten_delays()
        if os.environ.get("CHAOS_ALONE"):
            webhook_only.leave_only_the_webhook()
        if bug := os.environ.get("CHAOS_BUG"):
            bugs.plant(bug)
