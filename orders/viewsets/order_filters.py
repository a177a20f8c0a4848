"""The filters of the list of orders."""

from decimal import Decimal
from typing import Any

import django_filters
from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet

from money import InvalidAmount, to_minor
from orders.models import Order, OrderAddress, OrderLine
from orders.models.delivery_blocks import country_name
from orders.models.order import OrderQuerySet
from orders.statuses import FulfilmentStatus, PaymentStatus
from products.models import ProductPage
from text.locales import for_sorting

TO_SHIP, TO_REFUND, DISPUTED = "to-ship", "to-refund", "disputed"
TASKS = ((TO_SHIP, _("To ship")), (TO_REFUND, _("To refund")), (DISPUTED, _("Disputed")))
SHIPPABLE = (FulfilmentStatus.UNFULFILLED, FulfilmentStatus.PARTLY_SHIPPED)


def products() -> list[tuple[str, str]]:
    """The products that have ever been on the site; the order desk does not need drafts."""
    pages = ProductPage.objects.that_set_prices().filter(first_published_at__isnull=False)
    return [(str(page.translation_key), page.title) for page in pages.order_by("title")]


def countries() -> list[tuple[str, str]]:
    """The countries that something was delivered to."""
    codes = OrderAddress.objects.countries()
    named = ((code, country_name(code)) for code in codes)
    return sorted(named, key=lambda row: for_sorting(row[1]))


class OrderFilters(WagtailFilterSet):
    """Filters by task, day, statuses, product, country, total and Stripe mode."""

    task = django_filters.ChoiceFilter(label=_("Task"), choices=TASKS, method="with_task")
    placed_at = django_filters.DateFromToRangeFilter(
        label=_("Placed"), widget=DateRangePickerWidget
    )
    payment_status = django_filters.ChoiceFilter(label=_("Payment"), choices=PaymentStatus.choices)
    fulfilment_status = django_filters.ChoiceFilter(
        label=_("Fulfilment"), choices=FulfilmentStatus.choices
    )
    product = django_filters.ChoiceFilter(
        label=_("Product"), choices=products, method="with_product"
    )
    country = django_filters.ChoiceFilter(
        label=_("Country"), choices=countries, method="with_country"
    )
    total_from = django_filters.NumberFilter(label=_("Total from"), method="from_total")
    total_to = django_filters.NumberFilter(label=_("Total up to"), method="up_to_total")
    livemode = django_filters.ChoiceFilter(
        label=_("Stripe mode"), choices=(("True", _("live")), ("False", _("test")))
    )

    class Meta:
        model = Order
        fields = ["placed_at", "payment_status", "fulfilment_status", "livemode"]

    def with_task(self, orders: OrderQuerySet, name: str, task: str) -> OrderQuerySet:
        """Orders that belong to the task."""
        if task == TO_SHIP:
            return orders.filter(fulfilment_status__in=SHIPPABLE)
        if task == DISPUTED:
            return orders.filter(payment_status=PaymentStatus.DISPUTED)
        return orders.with_refunds_due()

    def with_product(self, orders: OrderQuerySet, name: str, key: str) -> OrderQuerySet:
        """Orders with a line of the product."""
        lines = OrderLine.objects.filter(order=OuterRef("pk"), product__translation_key=key)
        return orders.filter(Exists(lines))

    def with_country(self, orders: OrderQuerySet, name: str, code: str) -> OrderQuerySet:
        """Orders delivered to the country."""
        places = OrderAddress.objects.filter(order=OuterRef("pk"), country=code)
        return orders.filter(Exists(places))

    def from_total(self, orders: OrderQuerySet, name: str, amount: Decimal) -> OrderQuerySet:
        """Orders of at least this total."""
        return orders.filter(total__gte=minor_units(amount))

    def up_to_total(self, orders: OrderQuerySet, name: str, amount: Decimal) -> OrderQuerySet:
        """Orders of at most this total."""
        return orders.filter(total__lte=minor_units(amount))


def minor_units(amount: Any) -> int:
    """An amount that somebody filters by, in minor units; 0 if no price can be so large."""
    try:
        return to_minor(Decimal(amount), settings.SHOP_CURRENCY)
    except InvalidAmount:
        return 0
