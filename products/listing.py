"""The pages of the product list: 24 products each, in one of four orders."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import Http404
from django.utils.translation import gettext_lazy as _

import memory

PER_PAGE = 24
ON_HOME = 12  # products on the home page, which links to the list if there are more
# The order of the pages, which is the order of the list without a parameter, comes first.
ORDERS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "": (_("Recommended"), ("path",)),
    "price": (_("Price, low to high"), ("current_price", "path")),
    "-price": (_("Price, high to low"), ("-current_price", "path")),
    "new": (_("Newest"), ("-first_published_at", "path")),
}


@dataclass(frozen=True)
class ListQuery:
    """Which part of the list to show; only values that exist, so that a cache stays small."""

    number: int = 1
    order: str = ""

    @property
    def query(self) -> str:
        """The query string for it; empty for the first page in the usual order."""
        parts = [("sort", self.order)] if self.order else []
        parts += [("page", str(self.number))] if self.number > 1 else []
        return "?" + "&".join("=".join(part) for part in parts) if parts else ""


def read(query: Mapping[str, str]) -> ListQuery:
    """Read a query string. Parameters without a meaning are ignored."""
    number, order = query.get("page", ""), query.get("sort", "")
    is_number = number.isascii() and number.isdecimal() and len(number) <= 3
    return ListQuery(max(int(number), 1) if is_number else 1, order if order in ORDERS else "")


def page_of(key: object, products: Any, wanted: ListQuery) -> Page[Any]:
    """Return that part of the products. Raises Http404 if there are fewer.

    `key` identifies the list in memory, where the number of its products is kept for a moment.
    """
    paginator: Paginator[Any] = Paginator(products.order_by(*ORDERS[wanted.order][1]), PER_PAGE)
    paginator.count = memory.remember(("products in list", key), lambda: (products.count(),))[0]
    if wanted.number > paginator.num_pages:
        raise Http404
    return paginator.page(wanted.number)
