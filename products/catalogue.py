"""From pages to products: which page speaks for which product, and what it says."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from urllib.parse import urljoin
from uuid import UUID

from django.conf import settings

from products.models import Product, ProductPage
from products.models.pages import ProductPageQuerySet
from stripe_gateway.catalogue import ProductCopy
from stripe_gateway.policy import LONGEST_TEXT
from text import storable

FORMAT = 1  # part of every fingerprint: raise it when a push sends more or other fields


@dataclass(frozen=True, kw_only=True)
class Desired:
    """What Stripe should have of a product.

    `copy` and `unit_amount` are None while no page sells it.
    """

    copy: ProductCopy | None
    active: bool
    unit_amount: int | None
    currency: str

    @property
    def name(self) -> str:
        """What people call it; empty while no page sells it."""
        return self.copy.name if self.copy else ""

    def fingerprint(self, account: str) -> str:
        """Differs whenever a push would send something else, or to another account."""
        told = json.dumps([FORMAT, settings.SITE_URL, account, asdict(self)], sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()


def all_for_sale() -> dict[UUID, ProductPage]:
    """The page that sells each product and sets its price, by product key."""
    return by_product_key(ProductPage.objects.that_set_prices())


def pages_for_sale(product_keys: Iterable[UUID]) -> dict[UUID, ProductPage]:
    """The same for some products; those that are not for sale are left out."""
    pages = ProductPage.objects.that_set_prices()
    return by_product_key(pages.filter(translation_key__in=set(product_keys)))


def page_for_sale(product_key: UUID) -> ProductPage | None:
    """The page that sells one product, or None if the product is not for sale."""
    return pages_for_sale([product_key]).get(product_key)


def by_product_key(pages: ProductPageQuerySet) -> dict[UUID, ProductPage]:
    """Those of the pages that are for sale, by product key."""
    return {page.translation_key: page for page in pages.for_sale() if page.unit_amount}


def ensure_products() -> None:
    """Make the missing Product rows of pages that exist, live or not."""
    keys = set(ProductPage.objects.that_set_prices().values_list("translation_key", flat=True))
    missing = keys - set(Product.objects.values_list("translation_key", flat=True))
    Product.objects.bulk_create(
        [Product(translation_key=key) for key in missing], ignore_conflicts=True
    )


def desired_for(page: ProductPage | None) -> Desired:
    """What Stripe should have for a product, whether or not a page sells it."""
    if page is None or not page.unit_amount:
        return Desired(copy=None, active=False, unit_amount=None, currency=settings.SHOP_CURRENCY)
    return Desired(
        copy=_copy(page), active=True, unit_amount=page.unit_amount, currency=page.currency
    )


def _copy(page: ProductPage) -> ProductCopy:
    # Stripe fetches pictures and links by itself: from a shop without a public address it could
    # not.
    public = settings.SITE_URL.startswith("https://")
    picture = page.image.file if public and page.image else None
    images = (urljoin(settings.SITE_URL, picture.url),) if picture else ()
    place = page.get_url_parts() if public else None
    url = urljoin(settings.SITE_URL, place[2]) if place and place[2] else ""
    # Cleaned like Stripe's answers, or `drift.py` would find a difference each time.
    name, description = storable(page.title, LONGEST_TEXT), storable(page.summary, LONGEST_TEXT)
    return ProductCopy(name=name, description=description, images=images, url=url)
