"""From pages to products: which page sells which product, and what Stripe should have of it."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from urllib.parse import urljoin
from uuid import UUID

from django.conf import settings
from django.utils import timezone

import memory
from products.models import Product, ProductPage
from products.models.pages import ProductPageQuerySet
from stripe_gateway.catalogue import ProductCopy
from stripe_gateway.policy import LONGEST_TEXT
from text import storable

FORMAT = 1  # part of every fingerprint: raise it when the sync sends other fields


@dataclass(frozen=True, kw_only=True)
class Desired:
    """What Stripe should have of a product.

    `copy` and `unit_amount` are None if no page sells it.
    """

    copy: ProductCopy | None
    active: bool
    unit_amount: int | None
    currency: str
    planned_amounts: tuple[int, ...] = ()  # what shoppers will pay when a sale begins or ends

    @property
    def name(self) -> str:
        """The product's name; empty if no page sells it."""
        return self.copy.name if self.copy else ""

    @property
    def amounts(self) -> set[int]:
        """Every price that Stripe should have active: the present one and the planned ones."""
        return {*self.planned_amounts, *([self.unit_amount] if self.unit_amount else [])}

    def fingerprint(self, account: str) -> str:
        """Equal as long as the sync would send the same to the same account."""
        text = json.dumps([FORMAT, settings.SITE_URL, account, asdict(self)], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def all_for_sale() -> dict[UUID, ProductPage]:
    """The page that sells each product and sets its price, by product key."""
    return by_product_key(ProductPage.objects.for_sale().that_set_prices())


def pages_for_sale(product_keys: Iterable[UUID]) -> dict[UUID, ProductPage]:
    """The pages that sell some products, by product key; products not for sale are left out."""
    pages = ProductPage.objects.for_sale().that_set_prices()
    return by_product_key(pages.filter(translation_key__in=set(product_keys)))


def pages_shown(product_keys: Iterable[UUID]) -> dict[UUID, ProductPage]:
    """`pages_for_sale` from the cache, only to be shown: up to half a second old."""
    return memory.remember_each("page for sale", product_keys, pages_for_sale)


def page_for_sale(product_key: UUID) -> ProductPage | None:
    """The page that sells one product, or None if the product is not for sale."""
    return pages_for_sale([product_key]).get(product_key)


def by_product_key(pages: ProductPageQuerySet) -> dict[UUID, ProductPage]:
    """Pages by the key of their product."""
    return {page.translation_key: page for page in pages if page.unit_amount}


def ensure_products() -> None:
    """Create the missing Product rows of pages, live or not."""
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
        copy=copy_of(page),
        active=True,
        unit_amount=page.unit_amount,
        currency=page.currency,
        planned_amounts=planned_amounts(page),
    )


def planned_amounts(page: ProductPage) -> tuple[int, ...]:
    """What shoppers will pay when a sale begins or ends; Stripe has these prices before."""
    now = timezone.now()
    moments = [moment for moment in (page.sale_from, page.sale_until) if moment and moment > now]
    amounts = {page.amount_at(moment) for moment in moments}
    return tuple(sorted(amounts - {page.unit_amount}))


def copy_of(page: ProductPage) -> ProductCopy:
    # Stripe fetches pictures and follows links itself, which needs a public address.
    public = settings.SITE_URL.startswith("https://")
    picture = page.image.file if public and page.image else None
    images = (urljoin(settings.SITE_URL, picture.url),) if picture else ()
    place = page.get_url_parts() if public else None
    url = urljoin(settings.SITE_URL, place[2]) if place and place[2] else ""
    # Cleaned in the same way as Stripe's responses, or `drift.py` would always find a difference.
    name, description = storable(page.title, LONGEST_TEXT), storable(page.summary, LONGEST_TEXT)
    return ProductCopy(
        name=name, description=description, images=images, url=url, tax_code=page.tax_code
    )
