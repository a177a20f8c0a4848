"""`manage.py worker`: run the periodic jobs of all apps until SIGTERM or Ctrl-C."""

import logging
from typing import Any

from django.core.management.base import BaseCommand
from django.db import InterfaceError, OperationalError, connection

from worker import policy
from worker.process import StopSignals, Worker
from worker.registry import all_jobs

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    """Refuses to start if a system check fails, including those that read the database."""

    help = "Run the periodic jobs of all apps until SIGTERM or Ctrl-C. Running jobs finish first."
    requires_system_checks = []  # handle() runs them, with the database

    def handle(self, *args: Any, **options: Any) -> None:
        """Wait for the database, check it, and run jobs until a signal. Raises SystemCheckError."""
        signals = StopSignals()
        while not self._checked():
            if signals.wait(policy.CONNECT_EVERY):
                return
        Worker(all_jobs()).run(signals)

    def _checked(self) -> bool:
        try:
            # The checks that read the database pass if it does not answer.
            connection.ensure_connection()
            self.check(databases=["default"])
        except (OperationalError, InterfaceError) as error:
            logger.warning("The worker is waiting for the database: %s", error)
            return False
        return True
