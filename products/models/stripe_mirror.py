"""What Stripe has of our catalogue, one row per object and Stripe account.

The account is part of every key: a shop that moves from the sandbox to a real account, or to an
emptied sandbox, finds no rows there, sends its catalogue again and leaves the old rows alone.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from products.models.product import Product


class StripeAccount(models.Model):
    """The account that a secret key opens, so that a checkout need not ask Stripe for it.

    Empty until Stripe says.
    """

    key_hash = models.CharField(
        max_length=64, primary_key=True, help_text="SHA-256 of API address and secret key."
    )
    account = models.CharField(max_length=255, blank=True)
    checked_at = models.DateTimeField(auto_now=True)
    last_error = models.TextField(
        blank=True, help_text="Why Stripe did not say; empty when it did."
    )

    def __str__(self) -> str:
        return self.account


class StripeProduct(models.Model):
    """How far the sync of one product to one account has come."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="stripe_products")
    account = models.CharField(max_length=255)
    created = models.BooleanField(default=False, help_text="The product exists at Stripe.")
    active = models.BooleanField(default=False, help_text="Stripe sells it.")
    fingerprint = models.CharField(
        max_length=64, blank=True, help_text="Of what Stripe has; empty while out of sync."
    )
    sync_id = models.UUIDField(
        null=True, help_text="The newest sync: an older one must not mark the product as in sync."
    )
    attempted_fingerprint = models.CharField(
        max_length=64, blank=True, help_text="The fingerprint that the newest sync sends."
    )
    synced_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)
    failures = models.PositiveIntegerField(default=0)
    retry_at = models.DateTimeField(
        null=True, help_text="After a failure the sync waits until then."
    )
    must_compare = models.BooleanField(
        default=False, help_text="An event says that somebody changed it at Stripe."
    )
    compared_at = models.DateTimeField(
        null=True, help_text="When it was last compared because of an event or a click."
    )
    drift = models.TextField(
        blank=True, help_text="What differed at Stripe the last time that something did, in words."
    )
    drift_found_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("Stripe product")
        verbose_name_plural = _("Stripe products")
        permissions = [("sync_stripeproduct", _("Can compare and sync products with Stripe"))]
        constraints = [
            models.UniqueConstraint(
                fields=["product", "account"], name="products_stripeproduct_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.product.stripe_id} in {self.account}"


class StripePrice(models.Model):
    """A Price at Stripe.

    Its amount never changes there, so going back to an old price finds this row again.
    """

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="stripe_prices")
    account = models.CharField(max_length=255)
    unit_amount = models.BigIntegerField(help_text="In minor units of the currency.")
    currency = models.CharField(max_length=3)
    tax_behavior = models.CharField(max_length=16, default="unspecified")
    stripe_id = models.CharField(max_length=255)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["product", "account", "unit_amount", "currency", "tax_behavior"],
                name="products_stripeprice_unique_choice",
            ),
            models.UniqueConstraint(
                fields=["account", "stripe_id"], name="products_stripeprice_unique_stripe_id"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stripe_id} ({self.unit_amount} {self.currency})"
