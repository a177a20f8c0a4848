"""The states of the order models.

Code and templates compare with these members, never with their labels.
"""

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


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
    ON_HOLD = "on_hold", _("On hold")
    PARTLY_SHIPPED = "partly_shipped", _("Partly shipped")
    SHIPPED = "shipped", _("Shipped")
    NOTHING_TO_SHIP = "nothing_to_ship", _("Nothing to ship")
    CANCELLED = "cancelled", _("Cancelled")

    @property
    def in_sentence(self) -> str | Promise:
        """The label after another one, as in `Paid, to be shipped`."""
        return FULFILMENT_IN_SENTENCE[self]


FULFILMENT_IN_SENTENCE = {
    FulfilmentStatus.UNFULFILLED: pgettext_lazy("in a sentence", "to be shipped"),
    FulfilmentStatus.ON_HOLD: pgettext_lazy("in a sentence", "on hold"),
    FulfilmentStatus.PARTLY_SHIPPED: pgettext_lazy("in a sentence", "partly shipped"),
    FulfilmentStatus.SHIPPED: pgettext_lazy("in a sentence", "shipped"),
    FulfilmentStatus.NOTHING_TO_SHIP: pgettext_lazy("in a sentence", "nothing to ship"),
    FulfilmentStatus.CANCELLED: pgettext_lazy("in a sentence", "cancelled"),
}


class PaymentStatus(TextChoices):
    """The state of an order's payment."""

    PAID = "paid", _("Paid")
    FREE = "free", _("Nothing to pay")
    REFUND_PENDING = "refund_pending", _("Refund in progress")
    PARTLY_REFUNDED = "partly_refunded", _("Partly refunded")
    REFUNDED = "refunded", _("Refunded")
    DISPUTED = "disputed", _("Disputed")
    CHARGED_BACK = "charged_back", _("Charged back")


class RefundStatus(TextChoices):
    """From the decision to refund to the money's arrival (docs.stripe.com/refunds)."""

    REQUESTED = "requested", _("Requested")  # stored; Stripe has not confirmed it yet
    PENDING = "pending", _("Pending")  # Stripe has it; the bank has not confirmed it yet
    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")  # Stripe refused it, or the bank returned the money
    CANCELED = "canceled", _("Cancelled")

    @property
    def rank(self) -> int:
        """A refund's status never moves to a lower rank: events arrive in any order."""
        return REFUND_RANKS[self]


REFUND_RANKS = {
    RefundStatus.REQUESTED: 0,
    RefundStatus.PENDING: 1,
    RefundStatus.SUCCEEDED: 2,
    RefundStatus.FAILED: 3,  # also after it succeeded
    RefundStatus.CANCELED: 3,
}


class RefundReason(TextChoices):
    """The reasons that Stripe accepts (docs.stripe.com/api/refunds/create)."""

    CUSTOMER = "requested_by_customer", _("Requested by the shopper")
    DUPLICATE = "duplicate", _("Duplicate payment")
    FRAUDULENT = "fraudulent", _("Fraudulent payment")


class DisputeStatus(TextChoices):
    """Stripe's statuses of disputes; those of inquiries begin with `warning`, and are labelled like
    the others, because the kind is always shown with them
    (docs.stripe.com/api/disputes/object).
    """

    INQUIRY_NEEDS_RESPONSE = "warning_needs_response", _("Needs a response")
    INQUIRY_UNDER_REVIEW = "warning_under_review", _("Under review")
    INQUIRY_CLOSED = "warning_closed", _("Closed")
    NEEDS_RESPONSE = "needs_response", _("Needs a response")
    UNDER_REVIEW = "under_review", _("Under review")
    WON = "won", _("Won")
    LOST = "lost", _("Lost")
    APPEAL_NEEDS_RESPONSE = "appeal_needs_response", _("Appeal: needs a response")
    APPEAL_UNDER_REVIEW = "appeal_under_review", _("Appeal: under review")
    PREVENTED = "prevented", _("Prevented: the money was returned to the shopper")

    @property
    def in_sentence(self) -> str | Promise:
        """The label in brackets, as in `Chargeback of ₹500.00 (needs a response)`."""
        return DISPUTE_IN_SENTENCE[self]


DISPUTE_IN_SENTENCE = {
    DisputeStatus.INQUIRY_NEEDS_RESPONSE: pgettext_lazy("in a sentence", "needs a response"),
    DisputeStatus.INQUIRY_UNDER_REVIEW: pgettext_lazy("in a sentence", "under review"),
    DisputeStatus.INQUIRY_CLOSED: pgettext_lazy("in a sentence", "closed"),
    DisputeStatus.NEEDS_RESPONSE: pgettext_lazy("in a sentence", "needs a response"),
    DisputeStatus.UNDER_REVIEW: pgettext_lazy("in a sentence", "under review"),
    DisputeStatus.WON: pgettext_lazy("in a sentence", "won"),
    DisputeStatus.LOST: pgettext_lazy("in a sentence", "lost"),
    DisputeStatus.APPEAL_NEEDS_RESPONSE: pgettext_lazy("in a sentence", "appeal: needs a response"),
    DisputeStatus.APPEAL_UNDER_REVIEW: pgettext_lazy("in a sentence", "appeal: under review"),
    DisputeStatus.PREVENTED: pgettext_lazy(
        "in a sentence", "prevented: the money was returned to the shopper"
    ),
}


class EventOutcome(TextChoices):
    """What the shop did with a Stripe event. `pending` until the outcome is final."""

    PENDING = "pending", _("Pending")
    PROCESSED = "processed", _("Processed")
    IGNORED = "ignored", _("Ignored")
