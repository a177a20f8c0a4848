"""The states of the order models.

Code and templates compare with these members, never with their labels.
"""

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class CheckoutStatus(TextChoices):
    """From the click on Pay to the end of the Stripe session."""

    OPENING = "opening", _("Opening")  # stored; Stripe has not answered yet
    OPEN = "open", _("Open")  # the shopper can pay
    PROCESSING = "processing", _("Payment processing")  # a bank debit that takes days
    COMPLETE = "complete", _("Complete")  # paid; there is an order
    EXPIRED = "expired", _("Expired")
    FAILED = "failed", _("Failed")
    REPLACED = "replaced", _("Replaced")  # the basket changed before it was paid

    @property
    def explanation(self) -> str | Promise:
        """What the status means, in a sentence for staff."""
        return CHECKOUT_EXPLANATIONS[self]


CHECKOUT_EXPLANATIONS = {
    CheckoutStatus.OPENING: _("Stripe has not created the payment page yet."),
    CheckoutStatus.OPEN: _("The shopper can pay until the session expires."),
    CheckoutStatus.PROCESSING: _(
        "The shopper has paid by bank debit. The bank takes days to confirm or refuse it."
    ),
    CheckoutStatus.COMPLETE: _("The shopper has paid, and there is an order."),
    CheckoutStatus.EXPIRED: _("The session expired before the shopper paid."),
    CheckoutStatus.FAILED: _(
        "Stripe did not create the payment page, or the bank refused the payment."
    ),
    CheckoutStatus.REPLACED: _("The shopper changed the basket and started another checkout."),
}


class FulfilmentStatus(TextChoices):
    """Whether the goods have left the shop."""

    UNFULFILLED = "unfulfilled", _("To be shipped")
    SHIPPED = "shipped", _("Shipped")
    CANCELLED = "cancelled", _("Cancelled")


class EventOutcome(TextChoices):
    """What the shop did with a Stripe event. `pending` until the outcome is final."""

    PENDING = "pending", _("Pending")
    PROCESSED = "processed", _("Processed")
    IGNORED = "ignored", _("Ignored")
