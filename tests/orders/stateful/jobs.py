"""The worker's jobs by name."""

from collections.abc import Callable
from typing import Any

from orders import asking, reconciliation, webhook
from products import accounts, archiving, drift, sync


def archive() -> list[str]:
    """The second half of the hourly job alone."""
    return archiving.archive_old_prices(accounts.current())


JOBS: dict[str, Callable[[], Any]] = {
    "ask": asking.ask_about_checkouts,
    "events": webhook.process_pending_events,
    "sync": sync.sync_catalogue,
    "repair": drift.repair,
    "archive": archive,
    "reconcile": reconciliation.reconcile,
}
