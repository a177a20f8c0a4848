"""A shopper's purchase in progress, from the click on Pay to the end of its Stripe session.

Deleted only if it ended without a payment, after 400 days (`orders/retention.py`).
"""

import json
import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.statuses import CheckoutStatus
from products.models import Product, StripePrice


class CheckoutQuerySet(models.QuerySet["Checkout"]):
    """Queries for checkouts."""

    def not_closed(self) -> "CheckoutQuerySet":
        """Checkouts that can still be paid, are being paid, or were paid; newest first."""
        return self.filter(status__in=Checkout.NOT_CLOSED).order_by("-created_at")

    def delayed(self, *, since: datetime) -> "CheckoutQuerySet":
        """Checkouts whose payment is processing, and those started after `since` whose delayed
        payment failed.
        """
        failed = Q(status=CheckoutStatus.FAILED, session_id__isnull=False, created_at__gt=since)
        processing = Q(status=CheckoutStatus.PROCESSING)
        return self.filter(processing | failed).prefetch_related("lines").order_by("-created_at")

    def of(self, user: Any) -> "CheckoutQuerySet":
        """Checkouts of one shopper."""
        return self.filter(user=user)


class Checkout(models.Model):
    """What a shopper buys, at which prices, and the request to Stripe that follows from it.

    The row is committed before Stripe is called. Every parameter of the call is computed from it,
    so that a retry sends the same bytes under the same idempotency key.
    """

    PAYABLE = (CheckoutStatus.OPENING, CheckoutStatus.OPEN)
    UNFINISHED = (*PAYABLE, CheckoutStatus.PROCESSING)
    PAID_OR_PAYING = (CheckoutStatus.PROCESSING, CheckoutStatus.COMPLETE)
    NOT_CLOSED = (*PAYABLE, *PAID_OR_PAYING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="checkouts"
    )
    token = models.UUIDField(
        help_text=_("From the form: one per page view, so that a double click is one checkout.")
    )
    basket_hash = models.CharField(
        max_length=64,
        help_text=_("SHA-256 of products, quantities, amounts, currency and delivery zone."),
    )
    account = models.CharField(
        max_length=255, help_text=_("The Stripe account that the session belongs to.")
    )
    currency = models.CharField(max_length=3)
    subtotal = models.BigIntegerField(help_text=_("In minor units: the sum of the lines."))
    status = models.CharField(max_length=16, choices=CheckoutStatus, default=CheckoutStatus.OPENING)
    attempt = models.PositiveIntegerField(
        default=1, help_text=_("How many idempotency keys have been used.")
    )
    attempted_at = models.DateTimeField(help_text=_("When the current key was first used."))
    language = models.CharField(
        max_length=16,
        blank=True,
        help_text=_("The language of the pages on which the shopper bought."),
    )
    options = models.JSONField(
        default=dict,
        help_text=_("The parameters that followed from the settings when the checkout began."),
    )
    request = models.JSONField(
        default=dict, help_text=_("The exact parameters of the request to Stripe.")
    )
    session_id = models.CharField(max_length=255, null=True, unique=True)  # noqa: DJ001 - unique, empty until Stripe answers
    url = models.TextField(blank=True)
    expires_at = models.DateTimeField(help_text=_("When the session expires at Stripe."))
    poll_at = models.DateTimeField(help_text=_("When the worker polls it next."))
    checked_at = models.DateTimeField(
        null=True, help_text=_("When the success page last queried Stripe.")
    )
    created_at = models.DateTimeField(auto_now_add=True)
    objects = CheckoutQuerySet.as_manager()

    class Meta:
        verbose_name = _("checkout")
        verbose_name_plural = _("checkouts")
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                # Paid ones are excluded: a replaced checkout that was paid after all must be able
                # to become complete.
                condition=Q(status__in=["opening", "open"]),
                name="orders_checkout_one_payable_per_shopper",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["open", "processing", "complete"])
                | Q(session_id__isnull=False),
                name="orders_checkout_open_has_session",
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at"], name="orders_checkout_newest"),
            models.Index(
                fields=["poll_at"],
                condition=Q(status__in=["opening", "open", "processing"]),
                name="orders_checkout_to_poll",
            ),
        ]

    def __str__(self) -> str:
        return f"Checkout {self.id} ({self.status})"

    @property
    def summary(self) -> str:
        """The lines in one text, such as `2 × Brass Lamp, 1 × Quilt`."""
        return ", ".join(str(line) for line in self.lines.all())

    @property
    def explanation(self) -> str:
        """What the status means, in a sentence for staff."""
        return str(CheckoutStatus(self.status).explanation)

    @property
    def is_unfinished(self) -> bool:
        """Whether the worker still polls it."""
        return self.status in self.UNFINISHED

    @property
    def indented_request(self) -> str:
        """The parameters of the request to Stripe, one per line."""
        return json.dumps(self.request, indent=2, ensure_ascii=False)

    @property
    def has_delayed_failure(self) -> bool:
        """Whether the shopper finished the payment page, and the bank refused the debit later."""
        return self.status == CheckoutStatus.FAILED and self.session_id is not None

    @property
    def has_been_paid_for(self) -> bool:
        """Whether the shopper has finished the payment page, even if a bank refused the debit."""
        return self.status in self.PAID_OR_PAYING or self.has_delayed_failure

    @property
    def idempotency_key(self) -> str:
        """The same key and parameters return the same session
        (docs.stripe.com/api/idempotent_requests).
        """
        return f"checkout-{self.id}-{self.attempt}"


class CheckoutLine(models.Model):
    """One product of a checkout, as the page showed it."""

    checkout = models.ForeignKey(Checkout, on_delete=models.PROTECT, related_name="lines")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)
    unit_amount = models.BigIntegerField(help_text=_("In minor units of the checkout's currency."))
    quantity = models.PositiveIntegerField()
    stripe_price = models.ForeignKey(StripePrice, on_delete=models.PROTECT, related_name="+")
    needs_shipping = models.BooleanField(default=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["checkout", "product"], name="orders_checkoutline_unique"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0), name="orders_checkoutline_quantity_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.name}"

    @property
    def total(self) -> int:
        """Unit amount times quantity, in minor units."""
        return self.unit_amount * self.quantity
