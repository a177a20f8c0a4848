"""Empties the memory of this process when something that pages show has changed.

Other processes notice within seconds, see middleware/page_cache.py.
"""

from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete, post_save
from wagtail.models import Collection, PageViewRestriction, Site, get_page_models
from wagtail.signals import page_published, page_slug_changed, page_unpublished, post_page_move

import memory
from orders.models import CheckoutSettings
from products.models import Stock
from shop_settings.models import ShopSettings
from vipratech.middleware.page_cache import pages

SHOWN = (PageViewRestriction, ShopSettings, CheckoutSettings, Site, Collection, Stock)


def connect() -> None:
    """Receive the signals, once per process."""
    for signal in (page_published, page_unpublished, page_slug_changed, post_page_move):
        signal.connect(empty, dispatch_uid="page cache")
    for model in SHOWN:
        post_save.connect(empty, sender=model, dispatch_uid="page cache")
    # A receiver for all models would make Django read every row before it deletes it.
    for model in (*SHOWN, *get_page_models()):
        post_delete.connect(empty, sender=model, dispatch_uid="page cache")


def empty(**kwargs: Any) -> None:
    """Empty it now, and again after the commit: until then others may render the old page."""
    forget()
    transaction.on_commit(forget)


def forget() -> None:
    """Forget all pages, and all that they are made of."""
    pages.clear()
    memory.forget()
