"""Refunds: one row per refund, whether staff made it here or in the Stripe Dashboard.

How much was refunded is always the sum of these rows; no other column holds it.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from money import amount_text
from orders.models.order import Order
from orders.models.order_line import OrderLine
from orders.statuses import RefundReason, RefundStatus
from orders.stripe_reasons import reason_in_words


class RefundQuerySet(models.QuerySet["Refund"]):
    """Queries for refunds."""

    def unsent(self) -> "RefundQuerySet":
        """Refunds that Stripe has not confirmed."""
        return self.filter(status=RefundStatus.REQUESTED)


class Refund(models.Model):
    """One refund. Amounts are in minor units of the order's currency.

    A refund that staff make here is written first, and its id is sent in Stripe's metadata, so that
    it is recognised whatever happens afterwards. One that was made at Stripe has no `requested_by`,
    no lines and no shipping.
    """

    IN_PROGRESS = (RefundStatus.REQUESTED, RefundStatus.PENDING)
    IN_FORCE = (*IN_PROGRESS, RefundStatus.SUCCEEDED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="refunds")
    stripe_id = models.CharField(max_length=255, null=True, unique=True)  # noqa: DJ001 - null until Stripe has it
    amount = models.BigIntegerField()
    shipping = models.BigIntegerField(
        default=0, help_text=gettext_lazy("The part of the amount that refunds the delivery.")
    )
    status = models.CharField(max_length=16, choices=RefundStatus, default=RefundStatus.REQUESTED)
    reason = models.CharField(max_length=32, choices=RefundReason, blank=True)
    note = models.TextField(blank=True, help_text=gettext_lazy("Why, in the words of staff."))
    failure = models.CharField(max_length=255, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(
        default=timezone.now,
        help_text=gettext_lazy("When it was requested here, or created at Stripe."),
    )
    stripe_created_at = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)
    key_number = models.PositiveIntegerField(
        default=0, help_text=gettext_lazy("Part of the idempotency key; see `send`.")
    )
    retry_at = models.DateTimeField(default=timezone.now)
    objects = RefundQuerySet.as_manager()

    class Meta:
        verbose_name = gettext_lazy("refund")
        verbose_name_plural = gettext_lazy("refunds")
        ordering = ["created_at", "pk"]
        default_permissions = ("add",)
        indexes = [
            models.Index(
                fields=["retry_at"],
                condition=Q(status=RefundStatus.REQUESTED),
                name="orders_refund_unsent",
            ),
            models.Index(fields=["stripe_created_at"], name="orders_refund_in_stripe_order"),
            models.Index(
                fields=["order"],
                condition=Q(status=RefundStatus.FAILED),
                name="orders_refund_failed",
            ),
            models.Index(  # for the sales of a month
                Coalesce("stripe_created_at", "created_at"),
                condition=Q(status=RefundStatus.SUCCEEDED),
                name="orders_refund_by_time",
            ),
        ]

    def __str__(self) -> str:
        return f"Refund {self.stripe_id or self.pk}"

    @property
    def was_made_here(self) -> bool:
        """Whether staff requested it here, and not in the Stripe Dashboard."""
        return self.tries > 0

    @property
    def is_in_progress(self) -> bool:
        """Whether the money is still on its way."""
        return self.status in self.IN_PROGRESS

    @property
    def is_in_force(self) -> bool:
        """Whether it lowers what is left to refund: unless it failed or was cancelled."""
        return self.status in self.IN_FORCE

    @property
    def idempotency_key(self) -> str:
        """The key of the call that creates it at Stripe."""
        return f"refund-{self.pk}-{self.key_number}"

    @property
    def amount_text(self) -> str:
        """The amount with its currency."""
        return amount_text(self.amount, self.order.currency)

    @property
    def failure_text(self) -> str:
        """Why it failed, in the reader's language if Stripe gave a known code."""
        return reason_in_words(self.failure)

    @property
    def summary(self) -> str:
        """What it refunds, such as `1 × Brass Lamp, delivery`."""
        parts = [str(line) for line in self.lines.all()]
        if self.shipping:
            parts.append(_("delivery"))
        if self.amount > self.shipping + sum(line.amount for line in self.lines.all()):
            parts.append(_("other amount"))
        return ", ".join(parts)


class RefundLine(models.Model):
    """How many items of an order line a refund is for, and what they were worth."""

    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="refund_lines")
    quantity = models.PositiveIntegerField()
    unshipped = models.PositiveIntegerField(
        default=0, help_text=gettext_lazy("How many of them will not be shipped.")
    )
    amount = models.BigIntegerField()

    class Meta:
        ordering = ["pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["refund", "line"], name="orders_refundline_once_per_line"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0), name="orders_refundline_quantity_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.line.name}"
