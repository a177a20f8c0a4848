"""The history of live prices: a row is written when a publish or a sale changes the price."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from wagtail.signals import page_published, page_unpublished

from products import catalogue
from products.models import PricePeriod, Product, ProductPage


def connect() -> None:
    """Listen to the two signals that most ways to publish send; `record_all` covers the rest."""
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
    page = None if page and page.pk == leaving else page
    period = open_period(product)
    missed = unrecorded_changes(page, period) if page and period else []
    for moment in [*missed, timezone.now()]:
        set_price(product, page.amount_at(moment) if page else 0, moment)


def unrecorded_changes(page: ProductPage, period: PricePeriod) -> list[datetime]:
    """When a sale began or ended since the price was recorded: the worker may notice it late."""
    first, now = max(page.last_published_at or period.since, period.since), timezone.now()
    return [each for each in (page.sale_from, page.sale_until) if each and first < each < now]


def open_period(product: Product) -> PricePeriod | None:
    """The period of the present price; None while the product is not for sale."""
    return PricePeriod.objects.filter(product=product, until=None).first()


def set_price(product: Product, amount: int, moment: datetime) -> None:
    """Record that shoppers pay `amount` in minor units from a moment on; 0: it is not for sale."""
    period = open_period(product)
    if (period.amount if period else 0) == amount:
        return
    if period:
        # A period cannot end before it begins, even if the clock was set back.
        moment = max(moment, period.since)
        PricePeriod.objects.filter(pk=period.pk).update(until=moment)
    if amount:
        PricePeriod.objects.create(
            product=product, amount=amount, currency=settings.SHOP_CURRENCY, since=moment
        )


def record_all() -> None:
    """Record the present price of every product, because of sales and changes without a signal."""
    pages = catalogue.all_for_sale()
    open_periods = PricePeriod.objects.filter(until=None).select_related("product")
    periods = {period.product.translation_key: period for period in open_periods}
    for key in pages.keys() | periods.keys():
        if not is_recorded(pages.get(key), periods.get(key)):
            record(key)


def is_recorded(page: ProductPage | None, period: PricePeriod | None) -> bool:
    """Whether the history ends with what shoppers pay now."""
    if page is None or period is None:
        return page is None and period is None
    same = (page.unit_amount, page.currency) == (period.amount, period.currency)
    return same and not unrecorded_changes(page, period)
