"""Disputes: chargebacks, and inquiries by the bank, which may become chargebacks."""

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from money import amount_text
from orders.models.order import Order
from orders.statuses import DisputeStatus
from orders.stripe_reasons import reason_in_words

INQUIRY = "warning_"  # statuses of inquiries begin with it


def describe(status: str, amount: str) -> str:
    """Return a dispute in words, such as `Chargeback of ₹500.00 (needs a response)`."""
    is_inquiry = status.startswith(INQUIRY)
    text = (
        _("Inquiry about %(amount)s (%(status)s)")
        if is_inquiry
        else _("Chargeback of %(amount)s (%(status)s)")
    )
    known = status in DisputeStatus.values
    words = DisputeStatus(status).in_sentence if known else status
    return text % {"amount": amount, "status": words}


def label_of(status: str) -> str:
    """Return a status in words; Stripe's own word for one that the shop does not know."""
    return str(DisputeStatus(status).label) if status in DisputeStatus.values else status


class Dispute(models.Model):
    """One dispute at Stripe, as it was when it was last retrieved
    (docs.stripe.com/api/disputes/object).

    `amount` is in minor units of `currency`, which is the bank's and may differ from the order's.
    `withdrawn` is what Stripe has taken from the balance so far, in minor units.
    """

    CLOSED = (
        DisputeStatus.WON,
        DisputeStatus.LOST,
        DisputeStatus.INQUIRY_CLOSED,
        DisputeStatus.PREVENTED,
    )

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="disputes")
    stripe_id = models.CharField(max_length=255, unique=True)
    # Not limited to DisputeStatus: Stripe may add one.
    status = models.CharField(max_length=64)
    reason = models.CharField(max_length=64, blank=True)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    withdrawn = models.BigIntegerField(default=0)
    is_charge_refundable = models.BooleanField(default=False)
    respond_by = models.DateTimeField(
        null=True, help_text=gettext_lazy("Null when no response is possible.")
    )
    opened_at = models.DateTimeField()
    read_at = models.DateTimeField(
        help_text=gettext_lazy("When this state was read; an older one does not replace it.")
    )

    class Meta:
        verbose_name = gettext_lazy("dispute")
        verbose_name_plural = gettext_lazy("disputes")
        ordering = ["opened_at", "pk"]
        default_permissions = ()
        indexes = [models.Index(fields=["opened_at"], name="orders_dispute_in_stripe_order")]

    def __str__(self) -> str:
        return f"Dispute {self.stripe_id}"

    @property
    def is_inquiry(self) -> bool:
        """Whether the bank has only asked: no money has moved, and a full refund ends it."""
        return self.status.startswith(INQUIRY)

    @property
    def is_open(self) -> bool:
        """Whether it has not been decided."""
        return self.status not in self.CLOSED

    @property
    def is_open_chargeback(self) -> bool:
        """Whether the bank has taken the money back and has not decided who keeps it."""
        return self.is_open and not self.is_inquiry

    @property
    def took_the_money(self) -> bool:
        """Whether the shopper has got the money back through the bank, for good."""
        return self.status in (DisputeStatus.LOST, DisputeStatus.PREVENTED)

    @property
    def needs_response(self) -> bool:
        """Whether Stripe waits for the shop's evidence."""
        return self.status.endswith("needs_response")

    @property
    def kind(self) -> str:
        """Inquiry or chargeback, for staff."""
        return _("Inquiry") if self.is_inquiry else _("Chargeback")

    @property
    def status_text(self) -> str:
        """The status in words, without the kind of the dispute."""
        return label_of(self.status)

    @property
    def reason_text(self) -> str:
        """Stripe's reason in words, such as `product not received`."""
        return reason_in_words(self.reason)

    @property
    def amount_text(self) -> str:
        """The disputed amount with its currency."""
        return amount_text(self.amount, self.currency)

    @property
    def stripe_dashboard_url(self) -> str:
        """The page in the Stripe Dashboard where staff respond."""
        mode = "" if self.order.livemode else "test/"
        return f"https://dashboard.stripe.com/{mode}disputes/{self.stripe_id}"
