"""What is sold.

It outlives its pages: order lines, reservations and Stripe rows point here and nothing deletes it.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from products.policy import PRIOR_PRICE_PERIOD


class Product(models.Model):
    """One thing for sale.

    Translations and aliases of a page sell the same one; a copy of a page sells a new one.
    """

    translation_key = models.UUIDField(unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"Product {self.translation_key}"

    @property
    def stripe_id(self) -> str:
        """The product's id at Stripe, ours to choose, so that finding it again needs no search."""
        return f"prod_{self.translation_key.hex}"


class PricePeriodQuerySet(QuerySet["PricePeriod"]):
    """Queries for the history of prices."""

    def lowest_before(self, amounts: dict[UUID, int], now: datetime) -> dict[UUID, int]:
        """The lowest price of each product in the 30 days before it had its present one.

        `amounts` are the present prices by product key. A product without such a history is left
        out. Source: article 6a of directive 98/6/EC, on announcing a reduced price.
        """
        before = Q(until__gt=OuterRef("since") - PRIOR_PRICE_PERIOD, until__lte=OuterRef("since"))
        recent = Q(until=None) | Q(until__gt=now - PRIOR_PRICE_PERIOD)
        rows = self.filter(until=None, product__translation_key__in=amounts).annotate(
            before=Subquery(self._lowest(before)), recent=Subquery(self._lowest(recent))
        )
        found = {
            # The worker may not have noticed yet that the sale has begun.
            key: before if amounts[key] == amount else recent
            for key, amount, before, recent in rows.values_list(
                "product__translation_key", "amount", "before", "recent"
            )
        }
        return {key: lowest for key, lowest in found.items() if lowest is not None}

    def _lowest(self, when: Q) -> Any:
        same = self.model.objects.filter(when, product=OuterRef("product"))
        return same.order_by("amount").values("amount")[:1]


class PricePeriod(models.Model):
    """What a product cost and when: one row per stretch of time that a price was live.

    `until` is empty while it is.
    """

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="price_periods")
    amount = models.BigIntegerField(help_text="In minor units of the currency.")
    currency = models.CharField(max_length=3)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    objects = PricePeriodQuerySet.as_manager()

    class Meta:
        ordering = ["since", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["product"],
                condition=Q(until=None),
                name="products_priceperiod_one_open_per_product",
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")),
                name="products_priceperiod_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0), name="products_priceperiod_amount_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} from {self.since:%Y-%m-%d %H:%M}"
