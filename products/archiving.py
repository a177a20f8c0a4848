"""Old prices end at Stripe when nobody can be paying at them any more."""

import logging
from collections.abc import Iterator
from contextlib import suppress

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from products import policy
from products.models import PricePeriod, Product, StripePrice, StripeProduct
from stripe_gateway import catalogue as stripe_catalogue
from stripe_gateway.errors import GatewayError, NotFound

logger = logging.getLogger(__name__)


def archive_old_prices(account: str) -> list[str]:
    """Archive this account's prices that were not live for a day and that no checkout holds.

    Returns what went wrong, a sentence each; what failed is tried again the next time. Raises
    GatewayError where Stripe does not say what it has.
    """
    prices = [*_old_prices(account), *_left_active(account)]
    return [trouble for price in prices if (trouble := _archive(price))]


def _products(account: str) -> QuerySet[Product]:
    """Those whose default price at Stripe is the live one: Stripe archives no default price.

    Of a product that is not in step, or not for sale, that may still be an old one.
    """
    in_step = StripeProduct.objects.filter(account=account, active=True).exclude(fingerprint="")
    return Product.objects.filter(pk__in=in_step.values("product")).order_by("pk")


def _old_prices(account: str) -> Iterator[StripePrice]:
    active = StripePrice.objects.filter(
        account=account, active=True, product__in=_products(account)
    )
    quiet = active.filter(created_at__lt=timezone.now() - policy.ARCHIVE_AFTER).order_by("pk")
    return (price for price in quiet if not _is_needed(price))


def _left_active(account: str) -> Iterator[StripePrice]:
    """Those whose archiving ended between our row and Stripe: archived here, active there."""
    archived = StripePrice.objects.filter(account=account, active=False)
    for product in _products(account).filter(pk__in=archived.values("product")):
        with suppress(NotFound):
            active = [
                price.id
                for price in stripe_catalogue.list_prices(product.stripe_id)
                if price.active
            ]
            yield from archived.filter(product=product, stripe_id__in=active)


def _archive(price: StripePrice) -> str:
    with transaction.atomic():
        # A checkout reserves under the same lock: it either holds the price before we look, or
        # finds it inactive.
        StripePrice.objects.select_for_update(no_key=True).get(pk=price.pk)
        if _is_needed(price):
            return ""
        StripePrice.objects.filter(pk=price.pk).update(active=False)
    try:
        with suppress(NotFound):
            stripe_catalogue.set_price_active(price.stripe_id, False)
        if StripePrice.objects.filter(pk=price.pk, active=True).exists():
            # Bought meanwhile: the sale brought it back, and our call may have come after the
            # sale's.
            stripe_catalogue.set_price_active(price.stripe_id, True)
    except GatewayError as error:
        # To be tried again. Should Stripe have done it all the same, the next sale finds out and
        # brings it back.
        StripePrice.objects.filter(pk=price.pk).update(active=True)
        logger.warning("%s is not archived yet: %s", price, error)
        return f"{price}: {error}"
    return ""


def _is_needed(price: StripePrice) -> bool:
    return price.reservations.exists() or _was_live_lately(price)


def _was_live_lately(price: StripePrice) -> bool:
    still_counts = Q(until=None) | Q(until__gt=timezone.now() - policy.ARCHIVE_AFTER)
    periods = PricePeriod.objects.filter(
        product=price.product_id, amount=price.unit_amount, currency=price.currency
    )
    return periods.filter(still_counts).exists()
