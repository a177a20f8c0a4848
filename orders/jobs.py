"""The till's periodic jobs."""

from datetime import timedelta

from orders import asking
from worker.registry import job


@job("ask_about_checkouts", every=timedelta(seconds=30))
def ask_about_checkouts() -> None:
    """Settle what was paid without our being told, and close what has expired."""
    asking.ask_about_checkouts()


@job("process_pending_events", every=timedelta(seconds=15))
def process_pending_events() -> None:
    """Take up events that could not be acted on when they came."""
    asking.process_pending_events()
