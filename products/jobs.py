"""The periodic jobs of the catalogue."""

from products import drift, policy, scheduled, sync
from worker.registry import job


@job("sync_prices", every=policy.SYNC_EVERY)
def sync_prices() -> None:
    """Sync what was published to Stripe, and what somebody changed there. Raises GatewayError."""
    sync.sync_catalogue()
    drift.compare_changed()


@job("repair_prices", every=policy.REPAIR_EVERY)
def repair_prices() -> None:
    """Find and repair drift at Stripe, and archive old prices. Raises RepairFailed."""
    if failures := drift.repair():
        raise drift.RepairFailed("; ".join(failures))


@job("publish_scheduled", every=policy.PUBLISH_SCHEDULED_EVERY)
def publish_scheduled() -> None:
    """Publish and unpublish the pages that are scheduled for now. Wagtail expects the operator to
    call its command regularly ("publish_scheduled" in its documentation).
    """
    scheduled.publish_scheduled()
