"""What Stripe's session events do not contain. Retrieved once, soon after the order was created."""

from django.db import models
from django.utils.translation import gettext_lazy

from orders.models.order import Order
from orders.models.order_line import OrderLine


class OrderDetails(models.Model):
    """Facts about an order's payment. `shipping` is with tax, in minor units."""

    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="details")
    shipping = models.BigIntegerField(
        default=0, help_text=gettext_lazy("What the shopper paid for delivery, tax included.")
    )
    shipping_rate = models.CharField(max_length=255, blank=True)
    promotion_code = models.CharField(max_length=255, blank=True)
    invoice_id = models.CharField(max_length=255, blank=True)
    invoice_number = models.CharField(max_length=255, blank=True)
    charge_id = models.CharField(max_length=255, blank=True)
    card_brand = models.CharField(max_length=64, blank=True)
    card_last4 = models.CharField(max_length=4, blank=True)
    retrieved_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"Details of {self.order}"


class LineDetails(models.Model):
    """What Stripe charged for an order line, in minor units: total = after discount, with tax."""

    line = models.OneToOneField(OrderLine, on_delete=models.PROTECT, related_name="details")
    discount = models.BigIntegerField()
    tax = models.BigIntegerField()
    total = models.BigIntegerField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"Details of {self.line}"
