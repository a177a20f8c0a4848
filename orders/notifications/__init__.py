"""Emails about orders. In: what has happened. Out: messages in the outbox, in the caller's
transaction; their content is written when they are sent.
"""

from datetime import timedelta

from django.conf import settings
from django.db.models import CharField, Exists, OuterRef, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from mail.models import Message
from mail.outbox import enqueue
from mail.registry import EmailKind
from orders.models import Checkout, Order, Refund, Shipment
from orders.notifications import order_emails, staff_emails
from orders.policy import DIGEST_HOUR, TELL_STAFF_WITHIN
from shop_settings.models import OrderEmails, ShopSettings


def to_shopper(kind: EmailKind, order: Order, key: str, **data: object) -> None:
    """Write an email to the shopper of an order."""
    enqueue(
        kind,
        subject_key=key,
        recipient=order.email,
        language=order.email_language,
        data={"order": order.pk, **data},
        thread=f"order:{order.pk}",
    )


def email_confirmation(order: Order) -> None:
    """Write the confirmation of an order to the shopper. A job writes to staff."""
    to_shopper(order_emails.CONFIRMATION, order, f"order:{order.pk}")


def tell_staff_about_orders() -> None:
    """Write the emails about new orders to the staff who want them: about each, or once a day."""
    shop = ShopSettings.current()
    if shop.order_emails == OrderEmails.EACH:
        tell_about_each(shop.staff_addresses)
    elif shop.order_emails == OrderEmails.DAILY:
        tell_about_yesterday(shop.staff_addresses)


def tell_about_yesterday(addresses: list[str]) -> None:
    """Write one email about the orders of the day until this morning, once a day."""
    morning = timezone.localtime().replace(hour=DIGEST_HOUR, minute=0, second=0, microsecond=0)
    if timezone.now() < morning:
        return
    since = morning - timedelta(days=1)
    for address in addresses:
        enqueue(
            staff_emails.DIGEST,
            subject_key=f"orders:{morning.date()}",
            recipient=address,
            language=settings.LANGUAGE_CODE,
            data={"since": since.isoformat(), "until": morning.isoformat()},
        )


def tell_about_each(addresses: list[str]) -> None:
    """Write one email about each new order."""
    if not addresses:
        return
    key = Concat(Value("order:"), Cast(OuterRef("pk"), CharField()))
    told = Message.objects.filter(kind=staff_emails.NEW_ORDER.key, subject_key=key)
    new = Order.objects.filter(~Exists(told), placed_at__gt=timezone.now() - TELL_STAFF_WITHIN)
    for order in new.order_by("placed_at"):
        for address in addresses:
            enqueue(
                staff_emails.NEW_ORDER,
                subject_key=f"order:{order.pk}",
                recipient=address,
                language=settings.LANGUAGE_CODE,
                data={"order": order.pk},
            )


def email_shipped(shipment: Shipment) -> None:
    """Write the email about a shipment to the shopper."""
    key = f"shipment:{shipment.pk}"
    to_shopper(order_emails.SHIPPED, shipment.order, key, shipment=str(shipment.pk))


def email_shipment_undone(shipment: Shipment) -> None:
    """Correct the email about a shipment that was entered by mistake."""
    email_correction(order_emails.SHIPMENT_UNDONE, shipment)


def email_tracking_corrected(shipment: Shipment) -> None:
    """Correct the email about a shipment whose carrier or tracking number was wrong."""
    email_correction(order_emails.TRACKING_CORRECTED, shipment)


def email_correction(kind: EmailKind, shipment: Shipment) -> None:
    """Write a correction of the email about a shipment, if that has been sent."""
    key = f"shipment:{shipment.pk}"
    sent = Message.objects.filter(
        kind=order_emails.SHIPPED.key, subject_key=key, sent_at__isnull=False
    )
    if sent.exists():
        key = f"{key}:{timezone.now().isoformat()}"
        to_shopper(kind, shipment.order, key, shipment=str(shipment.pk))


def email_refunded(refund: Refund) -> None:
    """Write the email about a refund that Stripe has made."""
    key = f"refund:{refund.pk}"
    to_shopper(order_emails.REFUNDED, refund.order, key, refund=str(refund.pk))


def email_cancelled(order: Order) -> None:
    """Write the email about the cancellation of an order, or of the rest of it."""
    to_shopper(order_emails.CANCELLED, order, f"order:{order.pk}")


def email_payment_pending(checkout: Checkout, email: str) -> None:
    """Write to a shopper whose bank needs days to confirm the payment."""
    about_checkout(order_emails.PAYMENT_PENDING, checkout, email)


def email_payment_failed(checkout: Checkout, email: str) -> None:
    """Write to a shopper whose bank refused a delayed payment."""
    about_checkout(order_emails.PAYMENT_FAILED, checkout, email)


def about_checkout(kind: EmailKind, checkout: Checkout, email: str) -> None:
    """Write an email to the shopper of a checkout that has no order."""
    enqueue(
        kind,
        subject_key=f"checkout:{checkout.pk}",
        recipient=email or (checkout.user.email if checkout.user else ""),
        language=checkout.language or settings.LANGUAGE_CODE,
        data={"checkout": str(checkout.pk)},
        thread=f"checkout:{checkout.pk}",
    )


def write_email(order: Order, subject: str, text: str, *, key: str) -> bool:
    """Write an email with a text by staff; replies go to the shop. Returns whether it is new."""
    subject_key = f"letter:{key}"
    if Message.objects.filter(kind=order_emails.FROM_STAFF.key, subject_key=subject_key).exists():
        return False
    enqueue(
        order_emails.FROM_STAFF,
        subject_key=subject_key,
        recipient=order.email,
        language=order.email_language,
        data={"order": order.pk, "subject": subject, "text": text},
        thread=f"order:{order.pk}",
        reply_to=ShopSettings.current().contact_email,
    )
    return True
