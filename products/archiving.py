"""Old prices end at Stripe when nobody can be paying at them any more."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from products.models import PricePeriod, Product, StripePrice
from stripe_gateway import catalogue as stripe_catalogue

# Longer than a session of this shop lives (35 minutes), and as long as Stripe lets any session live.
QUIET = timedelta(hours=24)


def archive_old_prices(account: str) -> int:
    """Archive this account's prices that were not live for a day and that no checkout holds. Returns how many."""
    old = StripePrice.objects.filter(account=account, active=True, created_at__lt=timezone.now() - QUIET)
    return sum(_archive(price) for price in old.order_by("pk") if not _was_live_lately(price))


def _archive(price: StripePrice) -> bool:
    with transaction.atomic():
        # A checkout reserves under the same lock: it either holds the price before we look, or finds it inactive.
        Product.objects.select_for_update(no_key=True).get(pk=price.product_id)
        if price.reservations.exists() or _was_live_lately(price):
            return False
        StripePrice.objects.filter(pk=price.pk).update(active=False)
    stripe_catalogue.set_price_active(price.stripe_id, False)
    return True


def _was_live_lately(price: StripePrice) -> bool:
    still_counts = Q(until=None) | Q(until__gt=timezone.now() - QUIET)
    periods = PricePeriod.objects.filter(product=price.product_id, amount=price.unit_amount, currency=price.currency)
    return periods.filter(still_counts).exists()
