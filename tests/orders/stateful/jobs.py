"""The worker's jobs by name."""

from collections.abc import Callable
from typing import Any

from orders.checkout import poll
from orders.events import process
from orders.reconciliation import run
from products import archiving, drift, stripe_account, sync


def archive() -> list[str]:
    """The second half of the hourly job alone."""
    return archiving.archive_old_prices(stripe_account.current())


JOBS: dict[str, Callable[[], Any]] = {
    "ask": poll.poll_checkouts,
    "events": process.process_pending_events,
    "sync": sync.sync_catalogue,
    "repair": drift.repair,
    "archive": archive,
    "reconcile": run.reconcile,
}
