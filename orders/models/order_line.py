"""The lines of orders, as sold."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy

from orders.models.order import Order
from products.models import Product


class OrderLineQuerySet(models.QuerySet["OrderLine"]):
    """Queries for order lines."""

    def with_fulfilment(self) -> "OrderLineQuerySet":
        """Lines with what `shipped` and `to_ship` are counted from."""
        return self.prefetch_related("shipment_lines__shipment", "refund_lines__refund")


class OrderLine(models.Model):
    """One product as it was sold.

    Name and unit amount are copies, so editing a page does not change them.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines")
    product = models.ForeignKey(Product, null=True, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)
    unit_amount = models.BigIntegerField(
        help_text=gettext_lazy("In minor units of the order's currency.")
    )
    quantity = models.PositiveIntegerField()
    needs_shipping = models.BooleanField(default=True)
    short = models.PositiveIntegerField(
        default=0,
        help_text=gettext_lazy("Items that were paid for although there were no more in stock."),
    )

    objects = OrderLineQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gt=0), name="orders_orderline_quantity_positive"
            )
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.name}"

    @property
    def total(self) -> int:
        """Unit amount times quantity, in minor units."""
        return self.unit_amount * self.quantity

    @property
    def shipped(self) -> int:
        """How many of the ordered items have left the shop, not counting replacements."""
        return sum(part.quantity for part in self.shipment_lines.all() if part.is_of_sale)

    @property
    def to_ship(self) -> int:
        """How many items have yet to be shipped, without those that were refunded instead."""
        if not self.needs_shipping:
            return 0
        given_up = sum(
            part.unshipped for part in self.refund_lines.all() if part.refund.is_in_force
        )
        return max(self.quantity - given_up - self.shipped, 0)

    @property
    def in_stock_to_ship(self) -> int:
        """How many of the items to ship were covered by stock when they were paid for."""
        return max(min(self.to_ship, self.quantity - self.short - self.shipped), 0)
