"""The history of live prices, written when publishing changes one."""

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
    # Aliases tell of a page whose own signal comes too; a scheduled draft sends the signal and
    # changes nothing.
    if not instance.alias_of_id:
        record(instance.translation_key)


def _on_unpublish(sender: type[ProductPage], instance: ProductPage, **kwargs: Any) -> None:
    # A page that is deleted says so while its row is still there, and live.
    if not instance.alias_of_id:
        record(instance.translation_key, leaving=instance.pk)


@transaction.atomic
def record(translation_key: UUID, *, leaving: int | None = None) -> None:
    """Bring a product's history up to the price that is live now. Does nothing when it is.

    The page whose id is `leaving` does not count.
    """
    Product.objects.get_or_create(translation_key=translation_key)
    # Recorders of one product queue up; rows that name it may be written meanwhile.
    product = Product.objects.select_for_update(no_key=True).get(translation_key=translation_key)
    page = catalogue.page_for_sale(translation_key)
    wanted = (page.unit_amount, page.currency) if page and page.pk != leaving else None
    period = PricePeriod.objects.filter(product=product, until=None).first()
    if wanted == (period and (period.amount, period.currency)):
        return
    now = timezone.now()
    if period:
        now = max(
            now, period.since
        )  # a clock that was set back must not keep a page from being published
        PricePeriod.objects.filter(pk=period.pk).update(until=now)
    if wanted:
        PricePeriod.objects.create(product=product, amount=wanted[0], currency=wanted[1], since=now)


def record_all() -> None:
    """The same for every product: catches pages saved, deleted or hidden without a signal."""
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
