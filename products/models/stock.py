"""How many items of a product there are. A product without a row is never sold out.

Stock is not a field of the page: publishing an older revision would bring an older number back.
"""

from dataclasses import dataclass

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from products.models.product import Product


@dataclass(frozen=True)
class Availability:
    """The stock of a product, and how much of it is in open checkouts."""

    on_hand: int
    reserved: int

    @property
    def available(self) -> int:
        """How many can be bought now."""
        return max(self.on_hand - self.reserved, 0)

    @property
    def is_sold_out(self) -> bool:
        """Whether nothing is left, not even in open checkouts."""
        return self.on_hand == 0

    @property
    def is_fully_reserved(self) -> bool:
        """Whether all that are left are in open checkouts."""
        return self.on_hand > 0 and self.available == 0


class Stock(models.Model):
    """The stock of one product: what may still be sold, counting what is in open checkouts.

    Changed only by `products/stock.py`, together with a StockMovement; a constraint trigger keeps
    `on_hand` equal to the sum of the movements.
    """

    product = models.OneToOneField(Product, on_delete=models.PROTECT, related_name="stock")
    on_hand = models.IntegerField(default=0)
    low_at = models.PositiveIntegerField(
        _("low-stock alert"),
        null=True,
        blank=True,
        help_text=_(
            "Raise an alert when this many items or fewer are left. Leave empty for no alert."
        ),
    )

    class Meta:
        verbose_name = _("stock")
        verbose_name_plural = _("stock")
        default_permissions = ("change",)
        constraints = [
            models.CheckConstraint(condition=Q(on_hand__gte=0), name="products_stock_not_negative")
        ]

    def __str__(self) -> str:
        return f"Stock of {self.product}"


class StockMovement(models.Model):
    """One change of a stock. Never changed or deleted.

    `source` names the cause, such as `order-line:17`: the same cause moves stock only once.
    """

    class Kind(models.TextChoices):
        """Why the stock changed."""

        SOLD = "sold", _("Sold")
        RETURNED = "returned", _("Put back")
        COUNTED = "counted", _("Counted")
        CORRECTED = "corrected", _("Corrected")

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="movements")
    kind = models.CharField(max_length=16, choices=Kind)
    delta = models.IntegerField(help_text=_("Positive when items were added."))
    source = models.CharField(max_length=255)
    note = models.CharField(max_length=255, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-at", "-pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "source"], name="products_stockmovement_once_per_cause"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.delta:+d}"

    @property
    def delta_text(self) -> str:
        """The change with its sign; a minus sign, not a hyphen."""
        return f"{self.delta:+d}".replace("-", "\N{MINUS SIGN}") if self.delta else "0"
