"""Shipments, and goods that came back."""

import re
import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models.order import Order
from orders.models.order_line import OrderLine


class Shipment(models.Model):
    """Goods that left the shop: what was sold, or a replacement for it.

    A shipment that was undone stays, with `undone_at`.
    """

    class Kind(models.TextChoices):
        """Why the goods were sent."""

        SALE = "sale", _("Ordered goods")
        REPLACEMENT = "replacement", _("Replacement")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="shipments")
    kind = models.CharField(max_length=16, choices=Kind, default=Kind.SALE)
    reason = models.TextField(blank=True, help_text=_("Why a replacement was sent."))
    carrier = models.CharField(max_length=60, blank=True)
    tracking_number = models.CharField(max_length=100, blank=True)
    tracking_url = models.URLField(max_length=500, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    shipped_at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("shipment")
        verbose_name_plural = _("shipments")
        ordering = ["shipped_at", "pk"]
        default_permissions = ("add",)

    def __str__(self) -> str:
        return f"Shipment {self.pk}"

    @property
    def summary(self) -> str:
        """What was sent, such as `1 × Brass Lamp`."""
        return ", ".join(str(line) for line in self.lines.all())

    @property
    def safe_tracking_url(self) -> str:
        """The address, if it is one that a browser may open."""
        return self.tracking_url if re.match(r"https?://", self.tracking_url) else ""


class ShipmentLine(models.Model):
    """How many items of an order line a shipment contains."""

    shipment = models.ForeignKey(Shipment, on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="shipment_lines")
    quantity = models.PositiveIntegerField()

    class Meta:
        ordering = ["pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["shipment", "line"], name="orders_shipmentline_once_per_line"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0), name="orders_shipmentline_quantity_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.line.name}"

    @property
    def is_of_sale(self) -> bool:
        """Whether these are ordered goods that did leave the shop."""
        return self.shipment.kind == Shipment.Kind.SALE and self.shipment.undone_at is None


class ReturnedGoods(models.Model):
    """Items of an order line that came back after they were shipped."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="returns")
    quantity = models.PositiveIntegerField()
    restocked = models.BooleanField(help_text=_("Whether they were put back into stock."))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("returned goods")
        verbose_name_plural = _("returned goods")
        ordering = ["received_at", "pk"]
        default_permissions = ("add",)
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gt=0), name="orders_returnedgoods_quantity_positive"
            )
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.line.name}"
