"""`manage.py worker`: run the periodic jobs of all apps until SIGTERM or Ctrl-C."""

import logging
from typing import Any

from django.core.management.base import BaseCommand
from django.db import InterfaceError, OperationalError, connection

from worker.process import StopSignals, Worker
from worker.registry import all_jobs

logger = logging.getLogger(__name__)

PAUSE = 2.0  # seconds between two tries to reach the database


class Command(BaseCommand):
    """Refuses to start under settings that the system checks refuse, those of the database's content included."""

    help = "Run the periodic jobs of all apps until SIGTERM or Ctrl-C; running jobs finish."
    requires_system_checks = []  # handle() runs them, once and with the database

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, run, and return after a signal. Raises SystemCheckError."""
        signals = StopSignals()
        while not self._checked():
            if signals.wait(PAUSE):
                return
        Worker(all_jobs()).run(signals)

    def _checked(self) -> bool:
        try:
            # A check that reads the database may let it pass when there is none to read.
            connection.ensure_connection()
            self.check(databases=["default"])
        except (OperationalError, InterfaceError) as error:
            logger.warning("The worker waits for the database: %s", error)
            return False
        return True
