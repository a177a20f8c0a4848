"""The catalogue's periodic jobs."""

from products import drift, policy, scheduled, sync
from worker.registry import job


@job("sync_prices", every=policy.SYNC_EVERY)
def sync_prices() -> None:
    """Push what was published since."""
    sync.sync_catalogue()


@job("repair_prices", every=policy.REPAIR_EVERY)
def repair_prices() -> None:
    """Find drift at Stripe, repair it, archive old prices.

    Raises RepairFailed with what could not be done.
    """
    if troubles := drift.repair():
        raise drift.RepairFailed("; ".join(troubles))


@job("publish_scheduled", every=policy.PUBLISH_SCHEDULED_EVERY)
def publish_scheduled() -> None:
    """Publish and unpublish the pages whose time has come; Wagtail leaves calling this to the
    operator.
    """
    scheduled.publish_scheduled()
