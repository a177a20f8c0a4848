"""The periodic jobs of the orders app."""

from datetime import timedelta

from orders import key_permissions, notifications, retention
from orders.checkout import details, poll
from orders.events import endpoint, process
from orders.reconciliation import run
from orders.refunds import send
from worker.registry import job


@job("poll_checkouts", every=timedelta(seconds=30))
def poll_checkouts() -> None:
    """Complete checkouts that were paid although no event arrived, and close those that expired."""
    poll.poll_checkouts()


@job("fetch_order_details", every=timedelta(seconds=15))
def fetch_order_details() -> None:
    """Retrieve what Stripe's events do not carry about new orders."""
    details.fetch_missing_details()


@job("tell_staff_about_orders", every=timedelta(seconds=30))
def tell_staff_about_orders() -> None:
    """Write the emails about new orders to the staff who want them."""
    notifications.tell_staff_about_orders()


@job("empty_old_texts", every=timedelta(days=1))
def empty_old_texts() -> None:
    """Empty the texts of old events and the requests of old checkouts."""
    retention.empty_old_texts()


@job("delete_unpaid_checkouts", every=timedelta(days=1))
def delete_unpaid_checkouts() -> None:
    """Delete checkouts that ended without a payment long ago."""
    retention.delete_unpaid_checkouts()


@job("check_webhook_endpoint", every=timedelta(hours=1))
def check_webhook_endpoint() -> None:
    """Compare Stripe's webhook endpoint with the events that the shop needs."""
    endpoint.check_endpoint()


@job("check_stripe_key", every=timedelta(hours=1))
def check_stripe_key() -> None:
    """Find out whether the Stripe key may do all that the shop needs."""
    key_permissions.check_key()


@job("send_refunds", every=timedelta(seconds=15))
def send_refunds() -> None:
    """Make refunds at Stripe that it has not confirmed yet."""
    send.send_due_refunds()


@job("process_pending_events", every=timedelta(seconds=15))
def process_pending_events() -> None:
    """Retry events that could not be processed when they arrived."""
    process.process_pending_events()


@job("reconcile_orders", every=timedelta(hours=1), at_start=True)
def reconcile_orders() -> None:
    """Compare sessions, refunds and disputes at Stripe with the orders, create what is missing, and
    raise alerts about discrepancies.
    """
    run.reconcile()
