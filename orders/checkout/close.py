"""End a checkout without an order (expired, failed or replaced) and release its stock.

An event reports an expired session (`complete.py`), or the poll finds out (`poll.py`).
"""

from orders.locking import atomic_with_retries
from orders.models import Checkout
from orders.statuses import CheckoutStatus
from products import stock


@atomic_with_retries
def close(checkout: Checkout, status: CheckoutStatus) -> None:
    """End a checkout that was not paid and release its reservations.

    Does nothing if it has ended already, or was given a session since `checkout` was read: that one
    can be paid.
    """
    locked = Checkout.objects.select_for_update().get(pk=checkout.pk)
    if locked.session_id == checkout.session_id:
        close_locked(locked, status)


def close_locked(checkout: Checkout, status: CheckoutStatus) -> None:
    """End a checkout whose row this transaction has locked, unless it has ended already."""
    if checkout.status in Checkout.UNFINISHED:
        checkout.status = status
        checkout.save(update_fields=["status"])
        stock.release(checkout.pk)
