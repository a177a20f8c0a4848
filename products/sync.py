"""CMS to Stripe. Compares what every product should be with what was last pushed, and pushes the difference.

The database is the queue: nothing tells this module that a page was published, so nothing can be lost on the way. Any
step may be repeated, and two processes may push the same product at once.
"""

import logging
import uuid
from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone

from products import accounts, catalogue, price_history
from products.catalogue import Desired
from products.models import Product, StripeProduct
from products.selling import ensure_created, ensure_price
from stripe_gateway import catalogue as stripe_catalogue
from stripe_gateway.errors import GatewayError, NotFound

logger = logging.getLogger(__name__)

LONGEST_WAIT = timedelta(minutes=5)


def sync_catalogue(*, now: bool = False) -> list[str]:
    """Push every product that is not in step, and return what went wrong, a sentence each.

    A failing product is tried again after a growing pause; `now` does not wait for its end.
    """
    catalogue.ensure_products()
    price_history.record_all()
    account = accounts.current()
    return [trouble for work in out_of_step(account) if (trouble := _try(*work, account, now=now))]


def out_of_step(account: str) -> Iterator[tuple[Product, Desired]]:
    """Products whose last push to this account is not what they should be now."""
    pages = catalogue.live_pages()
    pushed = {row.product_id: row for row in StripeProduct.objects.filter(account=account)}
    for product in Product.objects.order_by("pk"):
        desired = catalogue.desired_for(pages.get(product.translation_key))
        row = pushed.get(product.pk)
        nothing_there = not desired.active and (row is None or not row.created)
        if not nothing_there and (row is None or row.fingerprint != desired.fingerprint(account)):
            yield product, desired


def push(product: Product, desired: Desired, account: str) -> None:
    """Make Stripe's product what it should be. Raises GatewayError; the row then carries the error in words."""
    row, _ = StripeProduct.objects.get_or_create(product=product, account=account)
    row.push = uuid.uuid4()
    # Committed before the first call: a push that dies on the way leaves a product that is known not to be in step.
    StripeProduct.objects.filter(pk=row.pk).update(push=row.push, fingerprint="")
    try:
        _send(row, desired)
    except GatewayError as error:
        _note_failure(row, error)
        raise
    _note_success(row, desired)


def _send(row: StripeProduct, desired: Desired) -> None:
    if desired.copy is None or desired.unit_amount is None:
        stripe_catalogue.update_product(row.product.stripe_id, None, active=False, default_price=None)
        return
    ensure_created(row, desired.copy)
    price = ensure_price(row.product, row.account, unit_amount=desired.unit_amount, currency=desired.currency)
    stripe_catalogue.update_product(
        row.product.stripe_id, desired.copy, active=desired.active, default_price=price.stripe_id
    )


def _note_success(row: StripeProduct, desired: Desired) -> None:
    mine = StripeProduct.objects.filter(pk=row.pk, push=row.push)
    done = {"fingerprint": desired.fingerprint(row.account), "pushed_at": timezone.now(), "active": desired.active}
    if not mine.update(**done, last_error="", failures=0, retry_at=None):
        # A newer push began meanwhile, and ours may have reached Stripe after it: neither may call itself the last.
        StripeProduct.objects.filter(pk=row.pk).update(fingerprint="", push=None)


def _note_failure(row: StripeProduct, error: GatewayError) -> None:
    pause = min(LONGEST_WAIT, timedelta(seconds=2 ** min(row.failures + 1, 10)))
    StripeProduct.objects.filter(pk=row.pk).update(
        last_error=str(error), failures=row.failures + 1, retry_at=timezone.now() + pause
    )
    if isinstance(error, NotFound):
        # Deleted at Stripe, or the key opens another account now: look again from the start.
        StripeProduct.objects.filter(pk=row.pk).update(created=False, active=False)
        accounts.refresh()


def _try(product: Product, desired: Desired, account: str, *, now: bool) -> str:
    row = StripeProduct.objects.filter(product=product, account=account).first()
    if row and row.retry_at and row.retry_at > timezone.now() and not now:
        return ""
    try:
        push(product, desired, account)
    except GatewayError as error:
        logger.warning("Stripe does not have %s yet: %s", product, error)
        return f"{product}: {error}"
    return ""
