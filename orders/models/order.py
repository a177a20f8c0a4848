"""Orders. One exists only once the money has arrived, or nothing was due.

Its amounts and lines never change.
"""

import secrets
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.admin.utils import quote
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from money import read_amount
from orders.models.checkout import Checkout
from orders.statuses import FulfilmentStatus, PaymentStatus, RefundStatus

if TYPE_CHECKING:
    from orders.models.delivery import OrderAddress, OrderNote
    from orders.models.shipping import Shipment

SHORTEST_SEARCH = 3  # letters; a trigram index finds nothing shorter
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U, which are easily misread


def new_number() -> str:
    """Eight random characters of Crockford's base 32.

    There are 10^12; none reveals how many orders there are.
    """
    return "".join(secrets.choice(CROCKFORD) for _ in range(8))


class OrderQuerySet(models.QuerySet["Order"]):
    """Queries for orders."""

    def of(self, user: Any) -> "OrderQuerySet":
        """One shopper's orders, newest first, with their lines."""
        return self.filter(user=user).prefetch_related("lines").order_by("-placed_at", "-pk")

    def for_shopper(self) -> "OrderQuerySet":
        """Orders with everything that the shopper's page about them shows."""
        return self.select_related("details").prefetch_related(
            "refunds", "addresses", "notes", "shipments__lines__line"
        )

    def for_staff(self) -> "OrderQuerySet":
        """Orders with everything that their page in the admin shows."""
        return self.select_related("details").prefetch_related(
            "lines__details",
            "lines__shipment_lines__shipment",
            "lines__refund_lines__refund",
            "lines__returns",
            "shipments__lines__line",
            "shipments__by",
            "refunds__lines__line",
            "refunds__requested_by",
            "disputes",
            "addresses",
            "notes__by",
            models.Prefetch("events", OrderEvent.objects.select_related("by")),
        )

    def matching(self, text: str) -> "OrderQuerySet":
        """Orders whose search text contains a text of three letters or more, whose id at Stripe it
        is, or whose total is the amount that it names.
        """
        if "\0" in text:
            return self.none()  # PostgreSQL stores no such text, and refuses to look for one
        found = Q(session_id=text) | Q(payment_intent=text)
        if len(text) >= SHORTEST_SEARCH:  # the index knows nothing shorter
            found |= Q(search_text__contains=text.lower())
        if (amount := read_amount(text, settings.SHOP_CURRENCY)) is not None:
            found |= Q(total=amount)
        return self.filter(found)

    def with_refunds_due(self) -> "OrderQuerySet":
        """Cancelled orders whose money has not been refunded, and orders with a failed refund."""
        # A union, because PostgreSQL would read all orders for an OR.
        cancelled = Order.objects.filter(cancelled_at__isnull=False, total__gt=0).order_by()
        failed = Order.objects.filter(refunds__status=RefundStatus.FAILED).order_by()
        kept = (PaymentStatus.PAID, PaymentStatus.PARTLY_REFUNDED)
        due = cancelled.values("pk").union(failed.values("pk"))
        return self.filter(payment_status__in=kept, pk__in=due)


class Order(models.Model):
    """One paid session.

    Amounts are as Stripe reports them, in minor units of `currency`. A trigger refuses changes to
    amounts, currency and Stripe IDs.
    """

    number = models.CharField(max_length=8, unique=True, default=new_number, editable=False)
    checkout = models.ForeignKey(
        Checkout, null=True, on_delete=models.PROTECT, related_name="orders"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="orders"
    )
    email = models.CharField(max_length=255, blank=True)
    name = models.CharField(max_length=255, blank=True)
    phone = models.CharField(max_length=255, blank=True)
    language = models.CharField(
        max_length=16, blank=True, help_text=gettext_lazy("The language of the emails about it.")
    )
    accepted_terms = models.BooleanField(
        default=False, help_text=gettext_lazy("On the payment page, if the shop asked for consent.")
    )
    account = models.CharField(max_length=255)
    livemode = models.BooleanField()
    session_id = models.CharField(max_length=255, unique=True)
    payment_intent = models.CharField(max_length=255, null=True, unique=True)  # noqa: DJ001 - null when nothing was due
    currency = models.CharField(max_length=3)
    subtotal = models.BigIntegerField()
    discount = models.BigIntegerField(default=0)
    shipping = models.BigIntegerField(default=0)
    tax = models.BigIntegerField(
        default=0,
        help_text=gettext_lazy("All tax, whether included in the prices or added to them."),
    )
    total = models.BigIntegerField()
    payment_status = models.CharField(
        max_length=16, choices=PaymentStatus, default=PaymentStatus.PAID
    )
    fulfilment_status = models.CharField(
        max_length=16, choices=FulfilmentStatus, default=FulfilmentStatus.UNFULFILLED
    )
    hold_reason = models.CharField(
        max_length=255,
        blank=True,
        help_text=gettext_lazy("Why it must not be shipped now; empty unless it is on hold."),
    )
    cancelled_at = models.DateTimeField(null=True)
    search_text = models.TextField(
        blank=True, help_text=gettext_lazy("What staff search for, in lower case.")
    )
    session_created_at = models.DateTimeField(
        help_text=gettext_lazy("By Stripe's clock; Stripe's lists are sorted by it.")
    )
    placed_at = models.DateTimeField(
        help_text=gettext_lazy("When the order was created, after the money had arrived.")
    )
    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = gettext_lazy("order")
        verbose_name_plural = gettext_lazy("orders")
        ordering = ["-placed_at", "-pk"]
        permissions = [("cancel_order", gettext_lazy("Can cancel order"))]
        indexes = [
            models.Index(fields=["user", "-placed_at"], name="orders_order_of_user"),
            models.Index(
                fields=["-placed_at", "-id"],
                include=["livemode", "currency", "total", "tax"],  # enough for the sales of a month
                name="orders_order_newest_first",
            ),
            models.Index(fields=["total"], name="orders_order_total"),
            # What the lists of tasks show is rare, however many orders there are.
            models.Index(
                fields=["-placed_at"],
                condition=Q(fulfilment_status__in=("unfulfilled", "partly_shipped")),
                name="orders_order_to_ship",
            ),
            models.Index(
                fields=["-placed_at"],
                condition=Q(payment_status="disputed"),
                name="orders_order_disputed",
            ),
            models.Index(
                fields=["cancelled_at"],
                condition=Q(cancelled_at__isnull=False),
                name="orders_order_cancelled",
            ),
            GinIndex(
                fields=["search_text"], opclasses=["gin_trgm_ops"], name="orders_order_search_text"
            ),
            models.Index(
                fields=["account", "session_created_at"], name="orders_order_in_stripe_order"
            ),
        ]

    def __str__(self) -> str:
        return f"Order {self.number}"

    def get_absolute_url(self) -> str:
        """The shopper's page about this order."""
        return reverse("shop:order_detail", args=[self.number])

    @property
    def email_language(self) -> str:
        """The language of emails about it: the shopper's, else the shop's."""
        return self.language or settings.LANGUAGE_CODE

    @property
    def admin_url(self) -> str:
        """The page for staff about this order."""
        return reverse("orders_admin:inspect", args=[quote(self.pk)])

    def collect_search_text(self, more: Iterable[str]) -> None:
        """Set the search text from what the row says, and more: names of products, tracking
        numbers. Not saved.
        """
        # Not Stripe's ids, which are long and random: they would be most of the index.
        words = (self.number, self.name, self.email, self.phone, *more)
        self.search_text = "\n".join(filter(None, words)).lower()

    def refresh_search_text(self) -> None:
        """Rebuild and save the search text, after a parcel or its number was added."""
        parcels = self.shipments.exclude(tracking_number="")
        numbers = parcels.values_list("tracking_number", flat=True)
        self.collect_search_text([*self.lines.values_list("name", flat=True), *numbers])
        self.save(update_fields=["search_text"])

    @property
    def summary(self) -> str:
        """The lines in one text, such as `2 × Brass Lamp, 1 × Quilt`."""
        return ", ".join(str(line) for line in self.lines.all())

    @property
    def stripe_dashboard_url(self) -> str:
        """The payment in the Stripe Dashboard, in the right mode; empty when nothing was due."""
        mode = "" if self.livemode else "test/"
        return (
            f"https://dashboard.stripe.com/{mode}payments/{self.payment_intent}"
            if self.payment_intent
            else ""
        )

    @property
    def mode(self) -> str:
        """Whether it was paid in Stripe's live mode or test mode."""
        return _("live") if self.livemode else _("test")

    @property
    def is_to_ship(self) -> bool:
        """Whether something can be shipped now."""
        return self.fulfilment_status in (
            FulfilmentStatus.UNFULFILLED,
            FulfilmentStatus.PARTLY_SHIPPED,
        )

    @property
    def visible_shipments(self) -> list["Shipment"]:
        """What was shipped, without shipments that were undone."""
        return [shipment for shipment in self.shipments.all() if shipment.undone_at is None]

    @property
    def has_shipped(self) -> bool:
        """Whether anything has left the shop."""
        return bool(self.visible_shipments)

    @property
    def has_items_to_ship(self) -> bool:
        """Whether items have not left the shop yet, even if the order is on hold."""
        return self.is_to_ship or self.fulfilment_status == FulfilmentStatus.ON_HOLD

    @property
    def status_text(self) -> str:
        """Payment and fulfilment in words, such as `Paid, to be shipped`."""
        # Not `get_…_display`, which translates the labels of all statuses each time.
        payment = PaymentStatus(self.payment_status).label
        return f"{payment}, {FulfilmentStatus(self.fulfilment_status).in_sentence}"

    @property
    def address(self) -> "OrderAddress | None":
        """Where it is delivered: the newest address."""
        return next(iter(self.addresses.all()), None)

    @property
    def shopper_note(self) -> str:
        """What the shopper wrote on the payment page."""
        return next((note.text for note in self.notes.all() if note.is_from_shopper), "")

    @property
    def staff_notes(self) -> list["OrderNote"]:
        """What staff wrote about it, oldest first."""
        return [note for note in self.notes.all() if not note.is_from_shopper]

    @property
    def refunded(self) -> int:
        """What was refunded or will be, in minor units. Refunds that failed do not count."""
        return sum(refund.amount for refund in self.refunds.all() if refund.is_in_force)

    @property
    def left_to_refund(self) -> int:
        """How much can still be refunded, in minor units; never negative."""
        return max(self.total - self.refunded, 0)

    @property
    def is_refundable(self) -> bool:
        """Whether there is something to refund, and Stripe would refund it."""
        return self.left_to_refund > 0 and not self.is_charged_back

    @property
    def is_charged_back(self) -> bool:
        """Whether a dispute keeps Stripe from refunding the payment."""
        return any(not dispute.is_charge_refundable for dispute in self.disputes.all())

    @property
    def has_open_dispute(self) -> bool:
        """Whether a dispute or an inquiry has not been decided."""
        return any(dispute.is_open for dispute in self.disputes.all())

    def refresh_statuses(self) -> None:
        """Derive the statuses from refunds, disputes and shipments, and store them.

        The caller's transaction holds the order's row lock and has changed one of those.
        """
        self.payment_status = self.derived_payment_status()
        self.fulfilment_status = self.derived_fulfilment_status()
        self.save(update_fields=["payment_status", "fulfilment_status"])

    def derived_fulfilment_status(self) -> FulfilmentStatus:
        """What shipments, refunds, a cancellation and a hold say about the goods."""
        lines = list(self.lines.with_fulfilment())
        has_shipped = any(line.shipped for line in lines)
        if self.cancelled_at:
            return FulfilmentStatus.SHIPPED if has_shipped else FulfilmentStatus.CANCELLED
        if any(line.to_ship for line in lines):
            if self.hold_reason:
                return FulfilmentStatus.ON_HOLD
            waiting = FulfilmentStatus.UNFULFILLED
            return FulfilmentStatus.PARTLY_SHIPPED if has_shipped else waiting
        return FulfilmentStatus.SHIPPED if has_shipped else FulfilmentStatus.NOTHING_TO_SHIP

    def derived_payment_status(self) -> PaymentStatus:
        """What refunds and disputes say about the payment. A chargeback comes before any refund."""
        disputes, refunds = list(self.disputes.all()), list(self.refunds.all())
        if any(dispute.is_open_chargeback for dispute in disputes):
            return PaymentStatus.DISPUTED
        if any(dispute.took_the_money for dispute in disputes):
            return PaymentStatus.CHARGED_BACK
        if any(refund.is_in_progress for refund in refunds):
            return PaymentStatus.REFUND_PENDING
        succeeded = [refund for refund in refunds if refund.status == RefundStatus.SUCCEEDED]
        if not succeeded:
            return PaymentStatus.PAID if self.total else PaymentStatus.FREE
        refunded = sum(refund.amount for refund in succeeded)
        return PaymentStatus.REFUNDED if refunded >= self.total else PaymentStatus.PARTLY_REFUNDED


class OrderEvent(models.Model):
    """One entry of an order's timeline. Entries are only ever added."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
    )
    text = models.CharField(max_length=255)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return self.text
