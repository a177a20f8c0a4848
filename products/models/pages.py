"""The pages that an editor writes. They hold copy and a price, but no live value: no Stripe id, no
stock level.

Publishing an older revision restores every field of a page, and an alias copies every field; so
what must not be restored or copied has rows of its own (`product.py`, `stripe_mirror.py`).
"""

from datetime import datetime
from functools import cache, cached_property
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce, Left, Length
from django.http import HttpRequest
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.coreutils import get_supported_content_language_variant
from wagtail.fields import StreamField
from wagtail.models import Page, PageManager, PageViewRestriction
from wagtail.query import PageQuerySet

from products import listing
from products.blocks import BodyBlock, GalleryBlock
from products.forms import ProductPageForm
from products.models.page_permissions import ProductIndexPermissions, ProductPagePermissions
from products.models.product import PricePeriod
from products.models.reservation import Reservation
from products.models.sale import chargeable, check_sale, sale_price_at
from products.models.stock import Availability, Stock
from products.panels import StockPanel, StripePanel
from products.validators import check_quantities, validate_price
from text.moments import reject_unlikely_dates
from text.validation import reject_invisible

PRICE_HELP = format_lazy(
    _("In {currency}. Publishing makes it the price that Stripe charges."),
    currency=settings.SHOP_CURRENCY.upper(),
)


class ProductIndexPage(Page):
    """The list of products, at /products/."""

    intro = models.CharField(_("introduction"), max_length=255, blank=True)

    parent_page_types = ["home.HomePage"]
    subpage_types = ["products.ProductPage"]
    max_count_per_parent = 1
    content_panels = [*Page.content_panels, "intro"]

    class Meta:
        verbose_name = _("list of products")

    def permissions_for_user(self, user: Any) -> ProductIndexPermissions:
        """Who may publish a product as soon as it is made."""
        return ProductIndexPermissions(user, self)

    def clean(self) -> None:
        """Reject texts that show nothing, and impossible dates."""
        super().clean()
        reject_invisible(self, "title", "seo_title", "intro")
        reject_unlikely_dates(self, "go_live_at", "expire_at")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add `listing`, the products of one page of the list, which are read only if the template
        has to render the cards again; `orders` to choose from; and `wanted`. Raises Http404.
        """
        wanted = listing.read(request.GET)
        request.list_query = wanted.query  # type: ignore[attr-defined]  # for the page cache
        products = ProductPage.objects.for_sale().child_of(self).with_current_price()
        orders = [
            (label, listing.ListQuery(order=order).query or "?", order == wanted.order)
            for order, (label, _fields) in listing.ORDERS.items()
        ]
        return {
            **super().get_context(request, *args, **kwargs),
            "wanted": wanted,
            "listing": listing.page_of(self.pk, products, wanted),
            "orders": orders,
        }


class ProductPageQuerySet(PageQuerySet):
    """Queries for product pages."""

    def with_current_price(self) -> "ProductPageQuerySet":
        """Pages with `current_price`, which a sale reduces, to sort by it."""
        return self.annotate(current_price=sale_price_at(timezone.now()))

    def with_stock(self) -> "ProductPageQuerySet":
        """Pages with `stock_on_hand` (None: unlimited) and `stock_reserved` of their products."""
        key = Coalesce(OuterRef("alias_of__translation_key"), OuterRef("translation_key"))
        stocks = Stock.objects.filter(product__translation_key=key).values("on_hand")
        rows = Reservation.objects.filter(product__translation_key=key)
        sums = rows.order_by().values("product").values(total=Sum("quantity"))
        return self.annotate(stock_on_hand=Subquery(stocks), stock_reserved=Subquery(sums))

    def priced_in_public(self) -> "ProductPageQuerySet":
        """Live pages with a price that everybody may see.

        In one statement: Wagtail's `public()` reads all restrictions first.
        """
        path_above = Left(OuterRef("path"), Length("page__path"))
        restrictions = PageViewRestriction.objects.filter(page__path=path_above)
        return self.live().filter(~Exists(restrictions), price__gt=0)

    def that_set_prices(self) -> "ProductPageQuerySet":
        """One page per product: translations and aliases sell at the price of the original."""
        default = get_supported_content_language_variant(settings.LANGUAGE_CODE)
        return self.filter(alias_of=None, locale__language_code=default)


@cache
def query_for_sale(language: str) -> ProductPageQuerySet:
    """The query behind `ProductPage.objects.for_sale()`, without results: copies of it are used.

    Django takes longer to build it than PostgreSQL to run it.
    """
    originals = ProductPage.objects.that_set_prices().priced_in_public()
    keys = originals.values("translation_key")
    same_product = Q(translation_key__in=keys) | Q(alias_of__translation_key__in=keys)
    found = ProductPage.objects.priced_in_public().filter(same_product).with_stock()
    return found.order_by("path").select_related("image")


class ProductPageManager(PageManager.from_queryset(ProductPageQuerySet)):  # type: ignore[misc]
    """Product pages, and those for sale."""

    def for_sale(self) -> ProductPageQuerySet:
        """Pages whose product can be bought, in page order, with the picture a card shows.

        The page and the page that sets its product's price must be live, public and priced: an
        alias or a translation does not make a private product public.
        """
        found: ProductPageQuerySet = query_for_sale(settings.LANGUAGE_CODE).all()
        return found


class ProductPage(Page):
    """One product as shoppers see it, at /products/<slug>/."""

    summary = models.CharField(
        _("summary"),
        max_length=255,
        blank=True,
        help_text=_("One sentence. It is shown in the list of products and on the payment page."),
    )
    price = models.DecimalField(
        _("price"), max_digits=12, decimal_places=3, null=True, validators=[validate_price]
    )
    sale_price = models.DecimalField(
        _("sale price"),
        max_digits=12,
        decimal_places=3,
        null=True,
        blank=True,
        validators=[validate_price],
        help_text=_("What shoppers pay during a sale. Leave empty for no sale."),
    )
    sale_from = models.DateTimeField(
        _("sale starts"),
        null=True,
        blank=True,
        help_text=_("Leave empty to start when you publish."),
    )
    sale_until = models.DateTimeField(
        _("sale ends"),
        null=True,
        blank=True,
        help_text=_("Leave empty to keep the sale until you change it."),
    )
    needs_shipping = models.BooleanField(
        _("needs shipping"),
        default=True,
        help_text=_(
            "Untick this if the product is not sent by post, for example a voucher or a download."
        ),
    )
    tax_code = models.CharField(
        _("tax code"),
        max_length=20,
        blank=True,
        validators=[RegexValidator(r"^txcd_[0-9]{8}\Z", _("A tax code looks like txcd_99999999."))],
        help_text=_(
            "From Stripe's list of tax codes; used when Stripe computes the tax. Leave empty for"
            " the one that is set in the Stripe Dashboard."
        ),
    )
    min_per_order = models.PositiveIntegerField(
        _("minimum per order"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Leave empty for one."),
    )
    max_per_order = models.PositiveIntegerField(
        _("maximum per order"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Leave empty for the shop's usual maximum of 99."),
    )
    image = models.ForeignKey(
        "shop_images.ShopImage",
        verbose_name=_("picture"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    image_alt = models.CharField(
        _("alt text"),
        max_length=255,
        blank=True,
        help_text=_("What the picture shows, for people who cannot see it."),
    )
    gallery = StreamField(
        GalleryBlock(required=False, max_num=8), blank=True, verbose_name=_("gallery")
    )
    body = StreamField(BodyBlock(required=False), blank=True, verbose_name=_("body"))

    parent_page_types = ["products.ProductIndexPage"]
    subpage_types: list[str] = []
    base_form_class = ProductPageForm
    objects = ProductPageManager()
    content_panels = [
        *Page.content_panels,
        "summary",
        MultiFieldPanel(
            [
                FieldPanel("price", help_text=PRICE_HELP),
                "sale_price",
                FieldRowPanel(["sale_from", "sale_until"]),
                StripePanel(),
                "needs_shipping",
                "tax_code",
            ],
            heading=_("Price"),
        ),
        MultiFieldPanel(
            [FieldRowPanel(["min_per_order", "max_per_order"]), StockPanel()],
            heading=_("Stock and quantities"),
        ),
        MultiFieldPanel(["image", "image_alt", "gallery"], heading=_("Pictures")),
        "body",
    ]

    def clean(self) -> None:
        """Reject texts that show nothing, impossible dates and limits, and such a sale."""
        super().clean()
        reject_invisible(self, "title", "seo_title", "summary", "image_alt")
        reject_unlikely_dates(self, "go_live_at", "expire_at", "sale_from", "sale_until")
        check_quantities(self)
        check_sale(self)

    class Meta:
        verbose_name = _("product page")
        permissions = [("change_price", _("Can publish prices"))]

    def permissions_for_user(self, user: Any) -> ProductPagePermissions:
        """Who may publish this page, with the price that it has now."""
        return ProductPagePermissions(user, self)

    @cached_property
    def source(self) -> "ProductPage":
        """The page whose product this one sells: itself, or for an alias the page it mirrors."""
        return self.alias_of.specific if self.alias_of_id else self

    @property
    def product_key(self) -> UUID:
        """Identifies the Product row. Translations and aliases share it; a copy gets its own."""
        return self.source.translation_key

    @property
    def unit_amount(self) -> int:
        """What shoppers pay, in minor units of `currency`; 0 if it cannot be charged.

        An object keeps to the moment when it was first asked: a sale that begins or ends during a
        request does not change the price in the middle of it.
        """
        return self.amount_at(self._asked_at)

    def amount_at(self, moment: datetime) -> int:
        """What shoppers pay at a moment, according to this version of the page. The one price that
        is shown, sent to Stripe and charged.
        """
        return self.sale_amount if self.has_sale_at(moment) else self.regular_amount

    def has_sale_at(self, moment: datetime) -> bool:
        """Whether there is a sale at a moment, the first of the sale but not its end included."""
        is_begun = self.sale_from is None or self.sale_from <= moment
        is_over = self.sale_until is not None and self.sale_until <= moment
        return is_begun and not is_over and 0 < self.sale_amount < self.regular_amount

    @property
    def is_on_sale(self) -> bool:
        """Whether `unit_amount` is a reduced price."""
        return self.has_sale_at(self._asked_at)

    @property
    def regular_amount(self) -> int:
        """The price without a sale, in minor units; 0 if it cannot be charged."""
        return chargeable(self.price, self.currency)

    @property
    def sale_amount(self) -> int:
        """The price during the sale, in minor units; 0 without a sale."""
        return chargeable(self.sale_price, self.currency)

    @cached_property
    def prior_amount(self) -> int | None:
        """The lowest price of the 30 days before the present one, to be shown next to it during a
        sale; None if the product was not sold before.
        """
        found = PricePeriod.objects.lowest_before(
            {self.product_key: self.unit_amount}, self._asked_at
        )
        return found.get(self.product_key)

    @cached_property
    def _asked_at(self) -> datetime:
        return timezone.now()

    @cached_property
    def is_for_sale(self) -> bool:
        """Whether shoppers can buy this product from this page: it decides the Buy button, and
        what search engines are told.
        """
        return bool(self.unit_amount) and self._for_sale is not None

    @cached_property
    def _for_sale(self) -> "ProductPage | None":
        """This page with its stock, if its product is for sale: both in one query."""
        return ProductPage.objects.for_sale().filter(pk=self.pk).first()

    @property
    def smallest_quantity(self) -> int:
        """The smallest quantity of it in an order."""
        return self.min_per_order or 1

    @property
    def availability(self) -> Availability | None:
        """The stock, and what is reserved; None if the product is never sold out."""
        found = self if hasattr(self, "stock_on_hand") else self._for_sale
        if found is None:
            found = ProductPage.objects.filter(pk=self.pk).with_stock().first()
        if found is None or found.stock_on_hand is None:
            return None
        return Availability(found.stock_on_hand, found.stock_reserved or 0)

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
