"""CMS to Stripe: compares what Stripe should have of every product with what was last sent, and
sends the difference.

The state in the database is the queue. This module needs no signal that a page was published, so
no change can be lost. Every step may run twice, and two processes may sync the same product at
once: then neither counts as the last, and the product is synced again. If a process dies during its
last request, an older state could still arrive at Stripe after a newer one; the hourly comparison
(`drift.py`) finds that.
"""

import logging
import uuid
from collections.abc import Iterator
from contextlib import suppress

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from alerts.raising import is_open, raise_alert, resolve_alert
from products import catalogue, policy, price_history, stripe_account
from products.alerts import KEY_REFUSED, SYNC_FAILING
from products.catalogue import Desired
from products.models import Product, ProductPage, StripeProduct
from products.sellable import active_price, ensure_created, forget
from stripe_gateway import catalogue as stripe_catalogue
from stripe_gateway.errors import GatewayError, KeyRefused, NotFound
from worker.backoff import pause_after

logger = logging.getLogger(__name__)


def sync_catalogue(*, now: bool = False) -> list[str]:
    """Sync every product that is out of sync. Returns a sentence per product that failed.

    A product that failed waits before it is tried again, longer each time, unless its page has
    changed since; with `now` it does not wait.
    """
    catalogue.ensure_products()
    price_history.record_all()
    account = stripe_account.current()
    results = [try_to_sync(*work, account, now=now) for work in out_of_sync(account)]
    return [failure for failure in results if failure]


def out_of_sync(account: str) -> Iterator[tuple[Product, Desired]]:
    """Products for which this account should have something else than was last sent to it."""
    pages = catalogue.all_for_sale()
    rows = {row.product_id: row for row in StripeProduct.objects.filter(account=account)}
    for product in Product.objects.order_by("pk"):
        desired = catalogue.desired_for(pages.get(product.translation_key))
        if not is_in_sync(rows.get(product.pk), desired, account):
            yield product, desired


def is_in_sync(row: StripeProduct | None, desired: Desired, account: str) -> bool:
    """Whether the account has what it should have of a product, according to our records."""
    if row is None:
        return not desired.active  # never sent there, and nothing to send
    return row.fingerprint == desired.fingerprint(account)


def try_to_sync(product: Product, desired: Desired, account: str, *, now: bool) -> str:
    """Sync a product unless it has to wait. Returns an error message, or nothing."""
    row = StripeProduct.objects.filter(product=product, account=account).first()
    if row and has_to_wait(row, desired) and not now:
        return ""
    try:
        sync_product(product, desired, account)
    except GatewayError as error:
        name = desired.name or str(product)
        logger.warning("%s could not be synced to Stripe: %s", name, error)
        return f"{name}: {error}"
    return ""


def has_to_wait(row: StripeProduct, desired: Desired) -> bool:
    """Whether the pause after a failed attempt goes on, and the page has not changed since."""
    same = row.attempted_fingerprint == desired.fingerprint(row.account)
    return same and row.retry_at is not None and row.retry_at > timezone.now()


def sync_product(product: Product, desired: Desired, account: str) -> None:
    """Make the product at Stripe what it should be.

    Raises GatewayError; the error is also stored, for editors to read.
    """
    row, _ = StripeProduct.objects.get_or_create(product=product, account=account)
    begin(row, desired)
    try:
        send(row, desired)
    except GatewayError as error:
        record_failure(row, desired, error)
        raise
    record_success(row, desired)


def begin(row: StripeProduct, desired: Desired) -> None:
    """Mark the product as out of sync. Committed before the first request, so that a process that
    dies leaves it marked.
    """
    attempted = desired.fingerprint(row.account)
    row.failures = row.failures if row.attempted_fingerprint == attempted else 0
    row.sync_id, row.attempted_fingerprint, row.fingerprint = uuid.uuid4(), attempted, ""
    row.save(update_fields=["sync_id", "attempted_fingerprint", "fingerprint", "failures"])


def send(row: StripeProduct, desired: Desired) -> None:
    """Make the requests to Stripe. Raises GatewayError."""
    stripe_id = row.product.stripe_id
    if desired.copy is None or desired.unit_amount is None:
        with suppress(NotFound):  # a product that does not exist cannot be sold either
            stripe_catalogue.update_product(stripe_id, None, active=False, default_price=None)
        return
    ensure_created(row, desired.copy)
    price = active_price(
        row.product, row.account, unit_amount=desired.unit_amount, currency=desired.currency
    )
    stripe_catalogue.update_product(
        stripe_id, desired.copy, active=True, default_price=price.stripe_id
    )
    for amount in desired.planned_amounts:
        active_price(row.product, row.account, unit_amount=amount, currency=desired.currency)


def record_success(row: StripeProduct, desired: Desired) -> None:
    """Mark the product as in sync, unless another attempt has begun since this one."""
    own = StripeProduct.objects.filter(pk=row.pk, sync_id=row.sync_id)
    done = {
        "fingerprint": row.attempted_fingerprint,
        "synced_at": timezone.now(),
        "active": desired.active,
    }
    if not own.update(**done, last_error="", failures=0, retry_at=None):
        mark_out_of_sync(row)
    resolve_alert(SYNC_FAILING, subject=row.product_id)
    resolve_alert(KEY_REFUSED)


def mark_out_of_sync(row: StripeProduct) -> None:
    """Have the product synced again, also if another attempt is about to succeed: nobody knows
    which attempt's requests reached Stripe last.
    """
    StripeProduct.objects.filter(pk=row.pk).update(fingerprint="", sync_id=None)


def record_failure(row: StripeProduct, desired: Desired, error: GatewayError) -> None:
    """Store the error, and when to try again; after some failures in a row, raise an alert."""
    failures = row.failures + 1
    pause = pause_after(failures, first=policy.FIRST_RETRY, longest=policy.LONGEST_RETRY)
    StripeProduct.objects.filter(pk=row.pk).update(
        last_error=str(error), failures=failures, retry_at=timezone.now() + pause
    )
    mark_out_of_sync(row)  # a request that timed out may still reach Stripe
    if isinstance(error, NotFound):
        # It was deleted at Stripe, or the key belongs to another account now.
        forget(row.product, row.account, desired.amounts)
    if isinstance(error, (NotFound, KeyRefused)):
        with suppress(GatewayError):  # `refresh` has recorded it
            stripe_account.refresh()
    if failures >= policy.FAILURES_UNTIL_ALERT and not is_open(KEY_REFUSED):
        alert_about(row, error)


def alert_about(row: StripeProduct, error: GatewayError) -> None:
    """Raise an alert with a link to the product's page."""
    pages = ProductPage.objects.that_set_prices()
    page = pages.filter(translation_key=row.product.translation_key).first()
    text = _("%(product)s could not be synced to Stripe: %(error)s")
    raise_alert(
        SYNC_FAILING,
        text % {"product": page.title if page else row.product, "error": error},
        subject=row.product_id,
        url=reverse("wagtailadmin_pages:edit", args=[page.pk]) if page else "",
    )
