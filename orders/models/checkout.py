"""One attempt to buy, from the click to the end of its session at Stripe. Never deleted."""

import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from products.models import Product, StripePrice


class CheckoutQuerySet(models.QuerySet["Checkout"]):
    """Questions about attempts to buy."""

    def standing(self) -> "CheckoutQuerySet":
        """Attempts that can still be paid, are being paid, or were; newest first."""
        return self.filter(status__in=Checkout.STANDING).order_by("-created_at")

    def delayed(self, *, since: datetime) -> "CheckoutQuerySet":
        """Attempts whose money is under way, and those whose delayed payment failed, begun after `since`."""
        failed = Q(status=Checkout.Status.FAILED, session_id__isnull=False, created_at__gt=since)
        under_way = Q(status=Checkout.Status.PROCESSING)
        return self.filter(under_way | failed).prefetch_related("lines").order_by("-created_at")

    def of(self, user: Any) -> "CheckoutQuerySet":
        """Attempts of one shopper."""
        return self.filter(user=user)


class Checkout(models.Model):
    """One attempt to buy: what was chosen, at which price, and the call to Stripe that follows from it.

    The row is committed before Stripe is called, and every parameter of the call is computed from it, so that a retry
    sends the same bytes under the same idempotency key.
    """

    class Status(models.TextChoices):
        """Where it stands. `opening`: stored, Stripe has not answered yet; `processing`: money is under way."""

        OPENING = "opening"
        OPEN = "open"
        PROCESSING = "processing"
        COMPLETE = "complete"
        EXPIRED = "expired"
        FAILED = "failed"
        SUPERSEDED = "superseded"

    PAYABLE = (Status.OPENING, Status.OPEN)
    UNFINISHED = (Status.OPENING, Status.OPEN, Status.PROCESSING)
    PAID_OR_PAYING = (Status.PROCESSING, Status.COMPLETE)
    STANDING = (*PAYABLE, *PAID_OR_PAYING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="checkouts")
    token = models.UUIDField(help_text="From the form: one per page shown, so that a double click is one attempt.")
    choice_hash = models.CharField(max_length=64, help_text="SHA-256 of products, quantities, amounts and currency.")
    account = models.CharField(max_length=255, help_text="The Stripe account that is asked for the session.")
    currency = models.CharField(max_length=3)
    subtotal = models.BigIntegerField(help_text="In minor units: what the lines add up to.")
    status = models.CharField(max_length=16, choices=Status, default=Status.OPENING)
    attempt = models.PositiveIntegerField(default=1, help_text="Counts the idempotency keys used.")
    attempted_at = models.DateTimeField(help_text="When the current key was first used.")
    request = models.JSONField(default=dict, help_text="The exact parameters of the call to Stripe.")
    session_id = models.CharField(max_length=255, null=True, unique=True)  # noqa: DJ001 - unique, empty until answered
    url = models.TextField(blank=True)
    expires_at = models.DateTimeField(help_text="When the session ends at Stripe.")
    ask_at = models.DateTimeField(help_text="When the worker asks Stripe about it next.")
    asked_at = models.DateTimeField(null=True, help_text="When the success page asked Stripe last.")
    created_at = models.DateTimeField(auto_now_add=True)
    objects = CheckoutQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                # Not the paid ones: a superseded attempt that was paid all the same must be able to become complete.
                condition=Q(status__in=["opening", "open"]),
                name="orders_checkout_one_payable_per_shopper",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["open", "processing", "complete"]) | Q(session_id__isnull=False),
                name="orders_checkout_open_has_session",
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at"], name="orders_checkout_newest"),
            models.Index(
                fields=["ask_at"],
                condition=Q(status__in=["opening", "open", "processing"]),
                name="orders_checkout_to_ask",
            ),
        ]

    def __str__(self) -> str:
        return f"Checkout {self.id} ({self.status})"

    @property
    def summary(self) -> str:
        """The lines in one, such as `2 × Brass Lamp, 1 × Quilt`."""
        return ", ".join(str(line) for line in self.lines.all())

    @property
    def has_delayed_failure(self) -> bool:
        """The shopper finished the payment page, and days later the bank did not pay."""
        return self.status == self.Status.FAILED and self.session_id is not None

    @property
    def idempotency_key(self) -> str:
        """Names this attempt to Stripe: the same key and parameters give the same session."""
        return f"checkout-{self.id}-{self.attempt}"


class CheckoutLine(models.Model):
    """One product of an attempt, as it stood on the page."""

    checkout = models.ForeignKey(Checkout, on_delete=models.PROTECT, related_name="lines")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)
    unit_amount = models.BigIntegerField(help_text="In minor units of the checkout's currency.")
    quantity = models.PositiveIntegerField()
    stripe_price = models.ForeignKey(StripePrice, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["checkout", "product"], name="orders_checkoutline_unique"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="orders_checkoutline_quantity_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.name}"

    @property
    def total(self) -> int:
        """Unit amount times quantity, in minor units."""
        return self.unit_amount * self.quantity
