"""The pages an editor writes. They hold copy and a price, and no figure that lives: no Stripe id,
no stock.

Publishing an older revision restores every field of a page, and an alias copies every field; so
what must not be restored or copied stands in rows of its own (`product.py`, `stripe_mirror.py`).
"""

from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import models
from django.http import HttpRequest
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.models import Locale, Page, PageManager
from wagtail.query import PageQuerySet

from money import InvalidAmount, to_minor
from products.blocks import BodyBlock, GalleryBlock
from products.forms import ProductPageForm
from products.panels import StripePanel
from products.validators import validate_price
from text.validation import reject_invisible

PRICE_HELP = (
    f"In {settings.SHOP_CURRENCY.upper()}. Publishing makes it the price that Stripe charges."
)


class ProductIndexPage(Page):
    """The list of products, at /products/."""

    intro = models.CharField(max_length=255, blank=True)

    parent_page_types = ["home.HomePage"]
    subpage_types = ["products.ProductPage"]
    max_count_per_parent = 1
    content_panels = [*Page.content_panels, "intro"]

    def clean(self) -> None:
        """Reject texts that show nothing."""
        super().clean()
        reject_invisible(self, "title", "seo_title", "intro")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add `products`: what is for sale below this page."""
        products = ProductPage.objects.child_of(self).for_sale()
        return {**super().get_context(request, *args, **kwargs), "products": products}


class ProductPageQuerySet(PageQuerySet):
    """Questions about product pages."""

    def for_sale(self) -> "ProductPageQuerySet":
        """Live, public and with a price, in page order, with the picture a card shows."""
        return self.live().public().filter(price__gt=0).order_by("path").select_related("image")

    def that_set_prices(self) -> "ProductPageQuerySet":
        """One page per product: translations and aliases sell at the price of the page they stand
        for.
        """
        return self.filter(alias_of=None, locale=Locale.get_default())


class ProductPage(Page):
    """One product as shoppers see it, at /products/<slug>/."""

    summary = models.CharField(
        max_length=255, blank=True, help_text="One sentence, shown on cards and to Stripe."
    )
    price = models.DecimalField(
        max_digits=12, decimal_places=3, null=True, validators=[validate_price]
    )
    image = models.ForeignKey(
        "shop_images.ShopImage", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    image_alt = models.CharField(
        "alt text",
        max_length=255,
        blank=True,
        help_text="What the picture shows, for those who cannot see it.",
    )
    gallery = StreamField(GalleryBlock(required=False, max_num=8), blank=True)
    body = StreamField(BodyBlock(required=False), blank=True)

    parent_page_types = ["products.ProductIndexPage"]
    subpage_types: list[str] = []
    base_form_class = ProductPageForm
    objects = PageManager.from_queryset(ProductPageQuerySet)()
    content_panels = [
        *Page.content_panels,
        "summary",
        MultiFieldPanel(
            [FieldPanel("price", help_text=PRICE_HELP), StripePanel()], heading="Price"
        ),
        MultiFieldPanel(["image", "image_alt", "gallery"], heading="Pictures"),
        "body",
    ]

    def clean(self) -> None:
        """Reject texts that show nothing."""
        super().clean()
        reject_invisible(self, "title", "seo_title", "summary", "image_alt")

    @cached_property
    def source(self) -> "ProductPage":
        """The page whose product this one sells: itself, or for an alias the page it mirrors."""
        return self.alias_of.specific if self.alias_of_id else self

    @property
    def product_key(self) -> UUID:
        """Names the Product row; shared by translations and aliases, new on a copy."""
        return self.source.translation_key

    @property
    def unit_amount(self) -> int:
        """The price in minor units of `currency`; 0 where there is none that can be charged, which
        is not for sale.

        A draft may be without a price, and one that came around the validators must not bring down
        lists of pages.
        """
        try:
            return to_minor(self.price or Decimal(0), self.currency)
        except InvalidAmount:
            return 0

    @property
    def currency(self) -> str:
        """The shop's currency: there is one per shop."""
        return settings.SHOP_CURRENCY

    @property
    def picture_alt(self) -> str:
        """The alt text of the main picture: this page's own, else the picture's description, else
        the title.
        """
        return self.image_alt or (self.image.description if self.image else "") or self.title
