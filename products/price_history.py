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
    page_published.connect(_on_change, sender=ProductPage, dispatch_uid="price_history_published")
    page_unpublished.connect(_on_change, sender=ProductPage, dispatch_uid="price_history_unpublished")


def _on_change(sender: type[ProductPage], instance: ProductPage, **kwargs: Any) -> None:
    # Aliases tell of a page whose own signal comes too; a scheduled draft sends the signal and changes nothing.
    if not instance.alias_of_id:
        record(instance.translation_key)


@transaction.atomic
def record(translation_key: UUID) -> None:
    """Bring a product's history up to the price that is live now. Does nothing when it is."""
    product, _ = Product.objects.get_or_create(translation_key=translation_key)
    Product.objects.select_for_update().get(pk=product.pk)
    page = ProductPage.objects.that_set_prices().live().filter(translation_key=translation_key).first()
    wanted = (page.unit_amount, page.currency) if page and page.price is not None else None
    period = PricePeriod.objects.filter(product=product, until=None).first()
    if wanted == (period and (period.amount, period.currency)):
        return
    now = timezone.now()
    PricePeriod.objects.filter(product=product, until=None).update(until=now)
    if wanted:
        PricePeriod.objects.create(product=product, amount=wanted[0], currency=wanted[1], since=now)


def record_all() -> None:
    """The same for every product: catches pages saved or deleted without a signal."""
    live = {key: (page.unit_amount, page.currency) for key, page in catalogue.live_pages().items() if page.price}
    periods = PricePeriod.objects.filter(until=None).select_related("product")
    recorded = {period.product.translation_key: (period.amount, period.currency) for period in periods}
    for key in live.keys() | recorded.keys():
        if live.get(key) != recorded.get(key):
            record(key)
