"""CMS to Stripe. Compares what every product should be with what was last pushed, and pushes the
difference.

The database is the queue: nothing tells this module that a page was published, so nothing can be
lost on the way. Any step may be repeated, and two processes may push the same product at once:
whichever notes its end later takes the other's word back. Only a push whose process died while its
last call was still under way can end behind a newer one unseen, until the hourly look at Stripe
(`drift.py`) finds the difference.
"""

import logging
import uuid
from collections.abc import Iterator
from contextlib import suppress

from django.urls import reverse
from django.utils import timezone

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
    """Push every product that is not in step, and return what went wrong, a sentence each.

    A failing product is tried again after a growing pause, unless its page says something new
    meanwhile; `now` does not wait either.
    """
    catalogue.ensure_products()
    price_history.record_all()
    account = stripe_account.current()
    return [trouble for work in out_of_sync(account) if (trouble := _try(*work, account, now=now))]


def out_of_sync(account: str) -> Iterator[tuple[Product, Desired]]:
    """Products whose last push to this account is not what they should be now."""
    pages = catalogue.all_for_sale()
    pushed = {row.product_id: row for row in StripeProduct.objects.filter(account=account)}
    for product in Product.objects.order_by("pk"):
        desired = catalogue.desired_for(pages.get(product.translation_key))
        if not is_in_sync(pushed.get(product.pk), desired, account):
            yield product, desired


def is_in_sync(row: StripeProduct | None, desired: Desired, account: str) -> bool:
    """Whether the account has what it should have of a product, as far as we know."""
    if row is None:
        return not desired.active  # never sent there, and nothing to send
    return row.fingerprint == desired.fingerprint(account)


def push(product: Product, desired: Desired, account: str) -> None:
    """Make Stripe's product what it should be.

    Raises GatewayError; the row then carries the error in words.
    """
    row, _ = StripeProduct.objects.get_or_create(product=product, account=account)
    _begin(row, desired)
    try:
        _send(row, desired)
    except GatewayError as error:
        _note_failure(row, desired, error)
        raise
    _note_success(row, desired)


def _begin(row: StripeProduct, desired: Desired) -> None:
    """Committed before the first call: a push that dies on the way leaves a product known not to be
    in step.
    """
    about = desired.fingerprint(row.account)
    row.failures = row.failures if row.attempted_fingerprint == about else 0
    row.sync_id, row.attempted_fingerprint, row.fingerprint = uuid.uuid4(), about, ""
    row.save(update_fields=["sync_id", "attempted_fingerprint", "fingerprint", "failures"])


def _send(row: StripeProduct, desired: Desired) -> None:
    stripe_id = row.product.stripe_id
    if desired.copy is None or desired.unit_amount is None:
        with suppress(NotFound):  # nothing is as good as inactive
            stripe_catalogue.update_product(stripe_id, None, active=False, default_price=None)
        return
    ensure_created(row, desired.copy)
    price = active_price(
        row.product, row.account, unit_amount=desired.unit_amount, currency=desired.currency
    )
    stripe_catalogue.update_product(
        stripe_id, desired.copy, active=True, default_price=price.stripe_id
    )


def _note_success(row: StripeProduct, desired: Desired) -> None:
    mine = StripeProduct.objects.filter(pk=row.pk, sync_id=row.sync_id)
    done = {
        "fingerprint": row.attempted_fingerprint,
        "synced_at": timezone.now(),
        "active": desired.active,
    }
    if not mine.update(**done, last_error="", failures=0, retry_at=None):
        _let_nobody_be_last(row)
    resolve_alert(SYNC_FAILING, subject=row.product_id)
    resolve_alert(KEY_REFUSED)


def _let_nobody_be_last(row: StripeProduct) -> None:
    # A newer push began meanwhile, and ours may have reached Stripe after it: neither may call
    # itself the last.
    StripeProduct.objects.filter(pk=row.pk).update(fingerprint="", sync_id=None)


def _note_failure(row: StripeProduct, desired: Desired, error: GatewayError) -> None:
    pause = pause_after(row.failures + 1, first=policy.FIRST_RETRY, longest=policy.LONGEST_RETRY)
    StripeProduct.objects.filter(pk=row.pk).update(
        last_error=str(error), failures=row.failures + 1, retry_at=timezone.now() + pause
    )
    _let_nobody_be_last(row)  # what timed out here may still arrive there
    if isinstance(error, NotFound):
        # Deleted at Stripe, or the key opens another account now: look again from the start.
        forget(row.product, row.account, unit_amount=desired.unit_amount)
    if isinstance(error, (NotFound, KeyRefused)):
        with suppress(GatewayError):  # which `refresh` has noted
            stripe_account.refresh()
    if row.failures + 1 >= policy.FAILURES_UNTIL_ALERT and not is_open(KEY_REFUSED):
        _call_a_person(row, error)


def _call_a_person(row: StripeProduct, error: GatewayError) -> None:
    pages = ProductPage.objects.that_set_prices().filter(
        translation_key=row.product.translation_key
    )
    page = pages.first()
    raise_alert(
        SYNC_FAILING,
        f"{page.title if page else row.product} could not be sent to Stripe: {error}",
        subject=row.product_id,
        url=reverse("wagtailadmin_pages:edit", args=[page.pk]) if page else "",
    )


def _try(product: Product, desired: Desired, account: str, *, now: bool) -> str:
    row = StripeProduct.objects.filter(product=product, account=account).first()
    if row and _is_waiting(row, desired) and not now:
        return ""
    try:
        push(product, desired, account)
    except GatewayError as error:
        name = desired.name or str(product)
        logger.warning("Stripe does not have %s as it should be: %s", name, error)
        return f"{name}: {error}"
    return ""


def _is_waiting(row: StripeProduct, desired: Desired) -> bool:
    """Its last try failed a moment ago, and there is nothing new to try."""
    same = row.attempted_fingerprint == desired.fingerprint(row.account)
    return same and row.retry_at is not None and row.retry_at > timezone.now()
