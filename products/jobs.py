"""The catalogue's periodic jobs."""

from datetime import timedelta

from django.core.management import call_command

from products import drift, sync
from worker.registry import job


@job("sync_prices", every=timedelta(seconds=2))
def sync_prices() -> None:
    """Push what was published since."""
    sync.sync_catalogue()


@job("repair_prices", every=timedelta(hours=1))
def repair_prices() -> None:
    """Find drift at Stripe, repair it, archive old prices.

    Raises RepairFailed with what could not be done.
    """
    if troubles := drift.repair():
        raise drift.RepairFailed("; ".join(troubles))


@job("publish_scheduled", every=timedelta(minutes=1))
def publish_scheduled() -> None:
    """Publish and unpublish the pages whose time has come; Wagtail leaves calling this to the
    operator.
    """
    call_command("publish_scheduled")
