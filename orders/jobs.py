"""The till's periodic jobs."""

from datetime import timedelta

from orders import asking, reconciliation, webhook
from worker.registry import job


@job("ask_about_checkouts", every=timedelta(seconds=30))
def ask_about_checkouts() -> None:
    """Settle what was paid without our being told, and close what has expired."""
    asking.ask_about_checkouts()


@job("process_pending_events", every=timedelta(seconds=15))
def process_pending_events() -> None:
    """Take up events that could not be acted on when they came."""
    webhook.process_pending_events()


@job("reconcile_orders", every=timedelta(hours=1), at_start=True)
def reconcile_orders() -> None:
    """Compare paid sessions and orders, write what is missing, and tell of what differs."""
    reconciliation.reconcile()
