"""Empties the page cache of this process when something that pages show has changed.

Other processes notice within seconds, see middleware/page_cache.py.
"""

from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete, post_save
from wagtail.models import Collection, Page, PageViewRestriction, Site
from wagtail.signals import page_published, page_slug_changed, page_unpublished, post_page_move

from products.models import Stock
from shop_settings.models import ShopSettings
from vipratech.middleware.page_cache import pages

SHOWN = (PageViewRestriction, ShopSettings, Site, Collection, Stock)


def connect() -> None:
    """Receive the signals, once per process."""
    for signal in (page_published, page_unpublished, page_slug_changed, post_page_move):
        signal.connect(empty, dispatch_uid="page cache")
    post_delete.connect(empty_for_pages, dispatch_uid="page cache")
    for model in SHOWN:
        post_save.connect(empty, sender=model, dispatch_uid="page cache")
        post_delete.connect(empty, sender=model, dispatch_uid="page cache")


def empty(**kwargs: Any) -> None:
    """Empty it now, and again after the commit: until then others may render the old page."""
    pages.clear()
    transaction.on_commit(pages.clear)


def empty_for_pages(sender: type, **kwargs: Any) -> None:
    """The same after a page of any type was deleted."""
    if issubclass(sender, Page):
        empty()
