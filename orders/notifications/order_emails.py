"""The content of the emails to shoppers about their orders."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mail.registry import Block, Content, Link, NotReady, Paragraph, Rows, declare
from money import amount_text
from orders.models import Checkout, Order, Refund, Shipment
from orders.models.order import OrderQuerySet
from orders.statuses import CheckoutStatus, RefundStatus

DETAILS_PATIENCE = timedelta(minutes=5)  # afterwards the email is sent without them


def orders() -> OrderQuerySet:
    """Orders with everything that their emails show."""
    return Order.objects.for_shopper().prefetch_related("lines")


def order_in(data: Mapping[str, Any]) -> Order:
    """The order that a message is about."""
    return orders().get(pk=data["order"])


def amounts(order: Order) -> Rows:
    """The lines and the amounts of an order, as sold."""
    rows = [(str(line), amount_text(line.total, order.currency)) for line in order.lines.all()]
    for label, amount in (
        (_("Discount"), -order.discount),
        (_("Delivery"), order.shipping),
        (_("Tax"), order.tax),
    ):
        if amount:
            rows.append((label, amount_text(amount, order.currency)))
    return Rows((*rows, (_("Total"), amount_text(order.total, order.currency))), has_total=True)


def delivery(order: Order) -> list[Rows]:
    """Address, delivery method, payment method, phone and note, as far as they are known."""
    rows = []
    if order.address:
        rows.append((_("Delivery address"), "\n".join(order.address.lines)))
    details = getattr(order, "details", None)
    if details and details.shipping_rate:
        rows.append((_("Delivery"), details.shipping_rate))
    if details and details.card_last4:
        card = f"{details.card_brand.capitalize()} •••• {details.card_last4}"
        rows.append((_("Paid with"), card))
    if order.phone:
        rows.append((_("Phone"), order.phone))
    if order.shopper_note:
        rows.append((_("Your note"), order.shopper_note))
    return [Rows(tuple(rows))] if rows else []


def link_to(order: Order) -> Link:
    """The shopper's page about the order."""
    return Link(_("See your order"), urljoin(settings.SITE_URL, order.get_absolute_url()))


def documents(order: Order) -> list[Link]:
    """Links to invoice and receipt. They lead through the shop, because Stripe's links expire."""
    details = getattr(order, "details", None)
    found = [
        ("invoice", _("Invoice"), getattr(details, "invoice_id", "")),
        ("receipt", _("Receipt from Stripe"), getattr(details, "charge_id", "")),
    ]
    return [
        Link(label, urljoin(settings.SITE_URL, f"{order.get_absolute_url()}{kind}/"))
        for kind, label, document_id in found
        if document_id
    ]


def confirmation(data: Mapping[str, Any]) -> Content:
    """The order was placed. Waits for the details for some minutes. Raises NotReady."""
    order = order_in(data)
    is_new = order.placed_at > timezone.now() - DETAILS_PATIENCE
    if is_new and not hasattr(order, "details"):
        raise NotReady
    return Content(
        _("Your order %(number)s") % {"number": order.number},
        (
            Paragraph(_("Thank you for your order. We have received your payment.")),
            amounts(order),
            *delivery(order),
            link_to(order),
            *documents(order),
        ),
    )


def shipped(data: Mapping[str, Any]) -> Content | None:
    """A shipment; None if it was undone since."""
    order = order_in(data)
    shipment = Shipment.objects.prefetch_related("lines__line").get(pk=data["shipment"])
    if shipment.undone_at:
        return None
    return Content(
        _("Order %(number)s has been shipped") % {"number": order.number},
        (*parcel(order, shipment), link_to(order)),
    )


def parcel(order: Order, shipment: Shipment) -> list[Block]:
    """What was sent, its carrier and tracking, and the delivery address."""
    is_replacement = shipment.kind == Shipment.Kind.REPLACEMENT
    text = _("We have sent a replacement:") if is_replacement else _("We have sent:")
    rows = [(_("Carrier"), shipment.carrier), (_("Tracking number"), shipment.tracking_number)]
    tracking = Rows(tuple((label, value) for label, value in rows if value))
    blocks: list[Block] = [Paragraph(f"{text}\n{shipment.summary}")]
    if tracking.rows:
        blocks.append(tracking)
    if shipment.safe_tracking_url:
        blocks.append(Link(_("Track your parcel"), shipment.safe_tracking_url))
    if order.address:
        blocks.append(Rows(((_("Delivery address"), "\n".join(order.address.lines)),)))
    return blocks


def tracking_corrected(data: Mapping[str, Any]) -> Content | None:
    """The right carrier and tracking number; None if the shipment was undone since."""
    order = order_in(data)
    shipment = Shipment.objects.prefetch_related("lines__line").get(pk=data["shipment"])
    if shipment.undone_at:
        return None
    text = _(
        "Our email about your parcel gave the wrong carrier or tracking number. The correct"
        " details are:"
    )
    return Content(
        _("New tracking number for order %(number)s") % {"number": order.number},
        (Paragraph(text), *parcel(order, shipment), link_to(order)),
    )


def shipment_undone(data: Mapping[str, Any]) -> Content:
    """The correction of an email about a shipment that was not sent."""
    order = order_in(data)
    shipment = Shipment.objects.prefetch_related("lines__line").get(pk=data["shipment"])
    text = _("We told you by mistake that we had sent:")
    return Content(
        _("Order %(number)s has not been shipped yet") % {"number": order.number},
        (
            Paragraph(f"{text}\n{shipment.summary}"),
            Paragraph(_("We are sorry. We will write to you when it is on its way.")),
            link_to(order),
        ),
    )


def refunded(data: Mapping[str, Any]) -> Content | None:
    """A refund; None if it failed since."""
    order = order_in(data)
    refund = Refund.objects.prefetch_related("lines__line").get(pk=data["refund"])
    if refund.status != RefundStatus.SUCCEEDED:
        return None
    text = _("We have refunded %(amount)s. Banks usually take five to ten days to show it.")
    summary = [Paragraph(refund.summary)] if refund.lines.all() else []
    return Content(
        _("Refund for order %(number)s") % {"number": order.number},
        (Paragraph(text % {"amount": refund.amount_text}), *summary, link_to(order)),
    )


def cancelled(data: Mapping[str, Any]) -> Content:
    """The order, or the rest of it, will not be shipped."""
    order = order_in(data)
    return Content(
        _("Order %(number)s has been cancelled") % {"number": order.number},
        (
            Paragraph(_("We have cancelled the part of your order that had not been shipped.")),
            Paragraph(_("If a refund is due, you will get another email about it.")),
            link_to(order),
        ),
    )


def checkout_rows(checkout: Checkout) -> Rows:
    """The lines of a checkout and their sum."""
    currency = checkout.currency
    rows = [(str(line), amount_text(line.total, currency)) for line in checkout.lines.all()]
    return Rows((*rows, (_("Subtotal"), amount_text(checkout.subtotal, currency))), has_total=True)


def payment_pending(data: Mapping[str, Any]) -> Content | None:
    """The bank needs days to confirm the payment; None if it has decided since."""
    checkout = Checkout.objects.prefetch_related("lines").get(pk=data["checkout"])
    if checkout.status != CheckoutStatus.PROCESSING:
        return None
    text = _(
        "Your bank is processing the payment, which can take some days. We will write to you when"
        " the money has arrived."
    )
    return Content(_("Your payment is being processed"), (Paragraph(text), checkout_rows(checkout)))


def payment_failed(data: Mapping[str, Any]) -> Content:
    """The bank refused a delayed payment."""
    checkout = Checkout.objects.prefetch_related("lines").get(pk=data["checkout"])
    text = _("Your bank declined this payment. You have not been charged, and no order was placed.")
    shop = Link(_("Back to the shop"), settings.SITE_URL)
    return Content(_("Your payment failed"), (Paragraph(text), checkout_rows(checkout), shop))


def from_staff(data: Mapping[str, Any]) -> Content:
    """An email that staff wrote."""
    return Content(data["subject"], (Paragraph(data["text"]), link_to(order_in(data))))


# The previews, and the declaration of each email.


def sample(subject: str, text: str) -> Content:
    """An email with invented data."""
    currency = settings.SHOP_CURRENCY
    rows = (
        ("2 × Brass lamp", amount_text(299800, currency)),
        (_("Delivery"), amount_text(5000, currency)),
        (_("Total"), amount_text(304800, currency)),
    )
    address = ((_("Delivery address"), "Ann Example\n1 Main Street\n12345 Springfield"),)
    link = Link(_("See your order"), f"{settings.SITE_URL}/orders/7Q2M4K9X/")
    return Content(subject, (Paragraph(text), Rows(rows, has_total=True), Rows(address), link))


CONFIRMATION = declare(
    "order-confirmation",
    gettext_lazy("Order confirmation"),
    confirmation,
    lambda: sample(_("Your order 7Q2M4K9X"), _("Thank you for your order.")),
)
SHIPPED = declare(
    "order-shipped",
    gettext_lazy("Shipped"),
    shipped,
    lambda: sample(_("Order 7Q2M4K9X has been shipped"), _("We have sent:")),
)
TRACKING_CORRECTED = declare(
    "tracking-corrected",
    gettext_lazy("Tracking corrected"),
    tracking_corrected,
    lambda: sample(_("New tracking number for order 7Q2M4K9X"), _("The correct details are:")),
)
SHIPMENT_UNDONE = declare(
    "shipment-undone",
    gettext_lazy("Shipment undone"),
    shipment_undone,
    lambda: sample(_("Order 7Q2M4K9X has not been shipped yet"), _("We are sorry.")),
)
REFUNDED = declare(
    "order-refunded",
    gettext_lazy("Refunded"),
    refunded,
    lambda: sample(_("Refund for order 7Q2M4K9X"), _("We have refunded part of your order.")),
)
CANCELLED = declare(
    "order-cancelled",
    gettext_lazy("Cancelled"),
    cancelled,
    lambda: sample(_("Order 7Q2M4K9X has been cancelled"), _("Your order has been cancelled.")),
)
PAYMENT_PENDING = declare(
    "payment-pending",
    gettext_lazy("Payment pending"),
    payment_pending,
    lambda: sample(_("Your payment is being processed"), _("Your bank is processing the payment.")),
)
PAYMENT_FAILED = declare(
    "payment-failed",
    gettext_lazy("Payment failed"),
    payment_failed,
    lambda: sample(_("Your payment failed"), _("Your bank declined this payment.")),
)
FROM_STAFF = declare(
    "letter",
    gettext_lazy("Email from staff"),
    from_staff,
    lambda: sample(_("About your order"), _("This is what staff have written.")),
)
