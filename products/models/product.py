"""What is sold.

It outlives its pages: order lines, reservations and Stripe rows point here and nothing deletes it.
"""

from django.db import models
from django.db.models import Q


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


class PricePeriod(models.Model):
    """What a product cost and when: one row per stretch of time that a price was live.

    `until` is empty while it is.
    """

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="price_periods")
    amount = models.BigIntegerField(help_text="In minor units of the currency.")
    currency = models.CharField(max_length=3)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        ordering = ["since", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["product"],
                condition=Q(until=None),
                name="products_priceperiod_one_open_per_product",
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=models.F("since")),
                name="products_priceperiod_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0), name="products_priceperiod_amount_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} from {self.since:%Y-%m-%d %H:%M}"
