"""The history of live prices: a row is written when publishing changes a price."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from wagtail.signals import page_published, page_unpublished

from products import catalogue
from products.models import PricePeriod, Product, ProductPage


def connect() -> None:
    """Listen to Wagtail: every way to publish or unpublish a page sends these two signals."""
    page_published.connect(_on_publish, sender=ProductPage, dispatch_uid="price_history_published")
    page_unpublished.connect(
        _on_unpublish, sender=ProductPage, dispatch_uid="price_history_unpublished"
    )


def _on_publish(sender: type[ProductPage], instance: ProductPage, **kwargs: Any) -> None:
    # The original of an alias sends a signal of its own. A scheduled draft sends one although
    # nothing has changed yet.
    if not instance.alias_of_id:
        record(instance.translation_key)


def _on_unpublish(sender: type[ProductPage], instance: ProductPage, **kwargs: Any) -> None:
    # When a page is deleted, the signal is sent while its row still exists and is live.
    if not instance.alias_of_id:
        record(instance.translation_key, leaving=instance.pk)


@transaction.atomic
def record(translation_key: UUID, *, leaving: int | None = None) -> None:
    """Add to a product's history if the live price is not the last one in it.

    `leaving` is the id of a page that is being unpublished.
    """
    Product.objects.get_or_create(translation_key=translation_key)
    # Only calls for the same product wait for each other: this lock does not block new rows that
    # refer to the product.
    product = Product.objects.select_for_update(no_key=True).get(translation_key=translation_key)
    page = catalogue.page_for_sale(translation_key)
    wanted = (page.unit_amount, page.currency) if page and page.pk != leaving else None
    period = PricePeriod.objects.filter(product=product, until=None).first()
    if wanted == (period and (period.amount, period.currency)):
        return
    now = timezone.now()
    if period:
        # A period cannot end before it begins, even if the clock was set back.
        now = max(now, period.since)
        PricePeriod.objects.filter(pk=period.pk).update(until=now)
    if wanted:
        PricePeriod.objects.create(product=product, amount=wanted[0], currency=wanted[1], since=now)


def record_all() -> None:
    """Do this for every product, for pages that were changed without a signal."""
    live = {
        key: (page.unit_amount, page.currency) for key, page in catalogue.all_for_sale().items()
    }
    periods = PricePeriod.objects.filter(until=None).select_related("product")
    recorded = {
        period.product.translation_key: (period.amount, period.currency) for period in periods
    }
    for key in live.keys() | recorded.keys():
        if live.get(key) != recorded.get(key):
            record(key)
