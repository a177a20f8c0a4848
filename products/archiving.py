"""Archives old prices at Stripe, once nobody can still be paying them."""

import logging
from collections.abc import Iterator
from contextlib import suppress

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from products import policy
from products.catalogue import desired_for, page_for_sale
from products.models import PricePeriod, Product, StripePrice, StripeProduct
from stripe_gateway import catalogue as stripe_catalogue
from stripe_gateway.errors import GatewayError, NotFound

logger = logging.getLogger(__name__)


def archive_old_prices(account: str) -> list[str]:
    """Archive this account's prices that have not been live for a day and are not reserved.

    Returns a sentence per price that failed; those are tried again next time. Raises GatewayError
    if Stripe does not list its prices.
    """
    prices = [*old_prices(account), *left_active(account)]
    return [failure for price in prices if (failure := archive(price))]


def products_in_sync(account: str) -> QuerySet[Product]:
    """Products whose default price at Stripe is the live one. Stripe does not archive a default
    price, and for other products that may still be an old one.
    """
    in_sync = StripeProduct.objects.filter(account=account, active=True).exclude(fingerprint="")
    return Product.objects.filter(pk__in=in_sync.values("product")).order_by("pk")


def old_prices(account: str) -> Iterator[StripePrice]:
    """Active prices that are no longer needed."""
    active = StripePrice.objects.filter(
        account=account, active=True, product__in=products_in_sync(account)
    )
    old = active.filter(created_at__lt=timezone.now() - policy.ARCHIVE_AFTER).order_by("pk")
    return (price for price in old if not is_needed(price))


def left_active(account: str) -> Iterator[StripePrice]:
    """Prices that are archived in our records but active at Stripe: a process died in between."""
    archived = StripePrice.objects.filter(account=account, active=False)
    for product in products_in_sync(account).filter(pk__in=archived.values("product")):
        with suppress(NotFound):
            found = stripe_catalogue.list_prices(product.stripe_id)
            active = [price.id for price in found if price.active]
            yield from archived.filter(product=product, stripe_id__in=active)


def archive(price: StripePrice) -> str:
    """Archive one price, unless it is still needed. Returns an error message, or nothing."""
    with transaction.atomic():
        # A checkout takes the same lock to reserve a price: it has either reserved it before this
        # check, or finds it inactive.
        StripePrice.objects.select_for_update(no_key=True).get(pk=price.pk)
        if is_needed(price):
            return ""
        StripePrice.objects.filter(pk=price.pk).update(active=False)
    try:
        with suppress(NotFound):
            stripe_catalogue.set_price_active(price.stripe_id, False)
        if StripePrice.objects.filter(pk=price.pk, active=True).exists():
            # A checkout has reactivated it in the meantime, and our request may have come later.
            stripe_catalogue.set_price_active(price.stripe_id, True)
    except GatewayError as error:
        # Try again next time. If Stripe has archived it anyway, the next checkout finds out
        # and reactivates it.
        StripePrice.objects.filter(pk=price.pk).update(active=True)
        logger.warning("%s could not be archived: %s", price, error)
        return f"{price}: {error}"
    return ""


def is_needed(price: StripePrice) -> bool:
    """Whether a checkout has reserved the price, it was live within the last day, or it will be."""
    return price.reservations.exists() or was_live_recently(price) or is_planned(price)


def is_planned(price: StripePrice) -> bool:
    """Whether shoppers will pay this price when a sale begins or ends."""
    page = page_for_sale(price.product.translation_key)
    return price.unit_amount in desired_for(page).planned_amounts


def was_live_recently(price: StripePrice) -> bool:
    """Whether shoppers may still have a page open that shows this price."""
    recent = Q(until=None) | Q(until__gt=timezone.now() - policy.ARCHIVE_AFTER)
    periods = PricePeriod.objects.filter(
        product=price.product_id, amount=price.unit_amount, currency=price.currency
    )
    return periods.filter(recent).exists()
