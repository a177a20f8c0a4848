"""What was bought, as it was sold. Exists only once money has arrived, or nothing was due, and never changes."""

import secrets
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from orders.models.checkout import Checkout
from products.models import Product

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U: nothing to misread on the phone


def new_number() -> str:
    """Eight random characters of Crockford's base 32: 10^12 numbers, none tells how many orders there are."""
    return "".join(secrets.choice(CROCKFORD) for _ in range(8))


class OrderQuerySet(models.QuerySet["Order"]):
    """Questions about orders."""

    def of(self, user: Any) -> "OrderQuerySet":
        """One shopper's orders, newest first, with what a list shows."""
        return self.filter(user=user).prefetch_related("lines").order_by("-placed_at", "-pk")


class Order(models.Model):
    """One paid session. Amounts are as Stripe says, in minor units of `currency`; a trigger forbids changing them."""

    class Fulfilment(models.TextChoices):
        """What became of the goods."""

        UNFULFILLED = "unfulfilled"
        SHIPPED = "shipped"
        CANCELLED = "cancelled"

    number = models.CharField(max_length=8, unique=True, default=new_number, editable=False)
    checkout = models.ForeignKey(Checkout, null=True, on_delete=models.PROTECT, related_name="orders")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="orders")
    email = models.CharField(max_length=255, blank=True)
    name = models.CharField(max_length=255, blank=True)
    account = models.CharField(max_length=255)
    livemode = models.BooleanField()
    session_id = models.CharField(max_length=255, unique=True)
    payment_intent = models.CharField(max_length=255, null=True, unique=True)  # noqa: DJ001 - empty when nothing was due
    currency = models.CharField(max_length=3)
    subtotal = models.BigIntegerField()
    discount = models.BigIntegerField(default=0)
    shipping = models.BigIntegerField(default=0)
    tax = models.BigIntegerField(default=0, help_text="All tax, whether included in the prices or added to them.")
    total = models.BigIntegerField()
    fulfilment_status = models.CharField(max_length=16, choices=Fulfilment, default=Fulfilment.UNFULFILLED)
    session_created_at = models.DateTimeField(help_text="By Stripe's clock; its lists are in this order.")
    placed_at = models.DateTimeField(help_text="When the money had arrived and the order was written.")
    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ["-placed_at", "-pk"]
        indexes = [
            models.Index(fields=["user", "-placed_at"], name="orders_order_of_user"),
            models.Index(fields=["account", "session_created_at"], name="orders_order_as_at_stripe"),
        ]

    def __str__(self) -> str:
        return f"Order {self.number}"

    def get_absolute_url(self) -> str:
        """The shopper's page of this order."""
        return reverse("order_detail", args=[self.number])

    @property
    def summary(self) -> str:
        """The lines in one, such as `2 × Brass Lamp, 1 × Quilt`."""
        return ", ".join(str(line) for line in self.lines.all())

    @property
    def stripe_dashboard_url(self) -> str:
        """The payment in Stripe's Dashboard, test and live apart; empty when nothing was due."""
        mode = "" if self.livemode else "test/"
        return f"https://dashboard.stripe.com/{mode}payments/{self.payment_intent}" if self.payment_intent else ""

    @property
    def is_to_ship(self) -> bool:
        """The goods have neither left nor been called off."""
        return self.fulfilment_status == self.Fulfilment.UNFULFILLED

    @property
    def status_text(self) -> str:
        """Payment and goods, in words."""
        paid = "Paid" if self.total else "Nothing due"
        return f"{paid}, {'to be shipped' if self.is_to_ship else self.fulfilment_status}"


class OrderLine(models.Model):
    """One product as it was sold: name and unit amount are copies, so that no edit of a page reaches them."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines")
    product = models.ForeignKey(Product, null=True, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)
    unit_amount = models.BigIntegerField(help_text="In minor units of the order's currency.")
    quantity = models.PositiveIntegerField()

    class Meta:
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=Q(quantity__gt=0), name="orders_orderline_quantity_positive")]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.name}"

    @property
    def total(self) -> int:
        """Unit amount times quantity, in minor units."""
        return self.unit_amount * self.quantity


class OrderEvent(models.Model):
    """One entry of an order's timeline. Only ever added."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField(auto_now_add=True)
    text = models.CharField(max_length=255)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return self.text
