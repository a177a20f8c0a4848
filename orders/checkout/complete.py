"""Turn a paid session into an order. The only code that creates orders.

Called by the webhook, the success page, the poll and the reconciliation. It may be called any
number of times, even at the same moment and with old states of the session: the first call creates
the order in one transaction, the others find it.
"""

import logging
from copy import copy
from dataclasses import dataclass
from enum import StrEnum

from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from money import amount_text
from orders import notifications
from orders.checkout import discrepancies
from orders.checkout.close import close_locked
from orders.checkout.match import MatchedSession
from orders.checkout.options import NOTE_KEY
from orders.locking import atomic_with_retries
from orders.models import Checkout, Order, OrderAddress, OrderEvent, OrderLine, OrderNote
from orders.policy import CLOCK_TOLERANCE
from orders.statuses import CheckoutStatus, PaymentStatus
from products import stock, stripe_account
from products.models import Product, StockMovement
from stripe_gateway.sessions import Session
from users.models import User

logger = logging.getLogger(__name__)

SOURCES = {
    "webhook": pgettext_lazy("what confirmed a payment", "webhook"),
    "success page": pgettext_lazy("what confirmed a payment", "success page"),
    "poll": pgettext_lazy("what confirmed a payment", "poll"),
    "reconciliation": pgettext_lazy("what confirmed a payment", "reconciliation"),
    "a new checkout": pgettext_lazy("what confirmed a payment", "a new checkout"),
    "another click": pgettext_lazy("what confirmed a payment", "another click"),
}


class Outcome(StrEnum):
    """What a call of `complete` found or did."""

    CREATED = "created"  # this call created the order
    EXISTING = "existing"  # the order was already there
    WAITING = "waiting"  # not paid yet, but it may still be
    FAILED = "failed"  # a delayed payment failed
    EXPIRED = "expired"  # expired without a payment
    IGNORED = "ignored"  # not an order of this shop


@dataclass(frozen=True)
class Completion:
    """The outcome, and the order if there is one."""

    outcome: Outcome
    order: Order | None = None


def complete(matched: MatchedSession, *, source: str) -> Completion:
    """Bring checkout and order up to the state of a session. `source`, one of SOURCES, appears in
    the order's timeline.

    Raises GatewayError if there is no checkout and Stripe does not say which account the session
    belongs to; nothing has changed then.
    """
    if not matched.is_ours:
        return Completion(Outcome.IGNORED)
    checkout = matched.checkout
    # Without a checkout, the session was retrieved just now with the current key.
    account = checkout.account if checkout else stripe_account.current()
    try:
        return complete_once(matched.session, checkout, account, source)
    except IntegrityError:
        # Without a checkout there is no row to lock: another caller created the order in between.
        return complete_once(matched.session, checkout, account, source)


@atomic_with_retries
def complete_once(
    session: Session, checkout: Checkout | None, account: str, source: str
) -> Completion:
    """Complete a session in one transaction, which holds the checkout's row lock.

    Raises IntegrityError; see `complete`.
    """
    if checkout:
        checkout = Checkout.objects.select_for_update().get(pk=checkout.pk)
    return complete_locked(session, checkout, account, source)


def complete_locked(
    session: Session, checkout: Checkout | None, account: str, source: str
) -> Completion:
    """Complete a session in the caller's transaction, which has locked the checkout's row."""
    order = Order.objects.filter(session_id=session.id).first()
    if order:
        return Completion(Outcome.EXISTING, order)
    if session.is_paid:
        return Completion(Outcome.CREATED, create_order(session, checkout, account, source))
    if session.status == "expired" and checkout:
        # None: killed before the session's id was stored, so this is the only session there was.
        if checkout.session_id in (None, session.id):
            close_locked(checkout, CheckoutStatus.EXPIRED)
        return Completion(Outcome.EXPIRED)
    if session.has_failed:
        fail(session, checkout)
        return Completion(Outcome.FAILED)
    if session.status == "complete":
        mark_as_processing(session, checkout)
    return Completion(Outcome.WAITING)


def create_order(session: Session, checkout: Checkout | None, account: str, source: str) -> Order:
    """Create the order and its lines, raise alerts about discrepancies, complete the checkout.

    The stock comes last: others who buy the same products wait from then on.
    """
    order = new_order(session, checkout, account)
    found = build_lines(order, session, checkout)
    order.collect_search_text(line.name for line in found)
    order.save(force_insert=True)
    begin_timeline(order, source)
    add_entered(order, session)
    notifications.email_confirmation(order)
    before = copy(checkout)
    if checkout:
        checkout.status = CheckoutStatus.COMPLETE
        checkout.session_id = checkout.session_id or session.id
        checkout.save(update_fields=["status", "session_id"])
        stock.release(checkout.pk)
    lines = create_lines(found)
    if not any(line.needs_shipping for line in lines):
        order.refresh_statuses()  # there is nothing to ship
    discrepancies.raise_alerts(order, lines, before)
    return order


def new_order(session: Session, checkout: Checkout | None, account: str) -> Order:
    """The order of a paid session, not saved. Amounts are as Stripe reports them."""
    return Order(
        checkout=checkout,
        user_id=checkout.user_id if checkout else find_user_id(session),
        email=session.email,
        name=session.name,
        phone=session.phone,
        language=checkout.language if checkout else "",
        accepted_terms=session.accepted_terms,
        account=account,
        livemode=session.livemode,
        session_id=session.id,
        payment_intent=session.payment_intent or None,
        currency=session.currency,
        subtotal=session.subtotal,
        discount=session.discount,
        shipping=session.shipping,
        tax=session.tax,
        total=session.total,
        payment_status=PaymentStatus.PAID if session.total else PaymentStatus.FREE,
        session_created_at=session.created_at,
        placed_at=timezone.now(),
    )


def begin_timeline(order: Order, source: str) -> None:
    """Add to the timeline what was paid, and what told the shop."""
    amount = amount_text(order.total, order.currency)
    text = _("%(amount)s paid, confirmed by %(source)s.")
    if not order.total:
        text = _("Nothing to pay, confirmed by %(source)s.")
    values = {"amount": amount, "source": SOURCES.get(source, source)}
    OrderEvent.objects.create(order=order, text=text % values)
    logger.info("Order %s: %s confirmed by %s.", order.number, amount, source)


def create_lines(lines: list[OrderLine]) -> list[OrderLine]:
    """Create the lines, and take their quantities from stock, as far as it has them."""
    wanted: dict[int, int] = {}
    for line in lines:
        if line.product_id:
            wanted[line.product_id] = wanted.get(line.product_id, 0) + line.quantity
    left = stock.take(wanted)
    limited = set(left)
    for line in lines:
        if line.product_id in limited:
            taken = min(line.quantity, left[line.product_id])
            left[line.product_id] -= taken
            line.short = line.quantity - taken
    created = OrderLine.objects.bulk_create(lines)
    sold = [
        (line.product_id, line.short - line.quantity, f"order-line:{line.pk}")
        for line in created
        if line.product_id in limited
    ]
    stock.record(StockMovement.Kind.SOLD, sold)
    return created


def add_entered(order: Order, session: Session) -> None:
    """Store the delivery address and the note that the shopper entered."""
    if details := session.shipping_details:
        OrderAddress.objects.create(order=order, name=details.name, **details.address.model_dump())
    if note := session.field(NOTE_KEY):
        OrderNote.objects.create(order=order, is_from_shopper=True, text=note)


def build_lines(order: Order, session: Session, checkout: Checkout | None) -> list[OrderLine]:
    """The lines as they were shown; without a checkout (after a backup was restored), as Stripe
    sold them.
    """
    if checkout:
        return [
            OrderLine(
                order=order,
                product_id=line.product_id,
                name=line.name,
                unit_amount=line.unit_amount,
                quantity=line.quantity,
                needs_shipping=line.needs_shipping,
            )
            for line in checkout.lines.all()
        ]
    products = {product.stripe_id: product for product in Product.objects.all()}
    return [
        OrderLine(
            order=order,
            product=products.get(item.product_id),
            name=item.name,
            unit_amount=item.unit_amount,
            quantity=item.quantity,
        )
        for item in session.line_items or ()
    ]


def mark_as_processing(session: Session, checkout: Checkout | None) -> None:
    """Mark a checkout whose shopper has finished, while the bank takes days to decide."""
    # This state may be older than the event that the payment failed.
    if checkout and not checkout.has_delayed_failure and checkout.status != CheckoutStatus.COMPLETE:
        checkout.status = CheckoutStatus.PROCESSING
        checkout.session_id = checkout.session_id or session.id
        checkout.save(update_fields=["status", "session_id"])
        notifications.email_payment_pending(checkout, session.email)


def fail(session: Session, checkout: Checkout | None) -> None:
    """End a checkout whose delayed payment the bank refused."""
    if checkout and checkout.session_id in (None, session.id):
        checkout.session_id = session.id
        checkout.save(update_fields=["session_id"])
        close_locked(checkout, CheckoutStatus.FAILED)
        notifications.email_payment_failed(checkout, session.email)


def find_user_id(session: Session) -> int | None:
    """The shopper named in the metadata, for a session without a checkout."""
    key = session.metadata.get("user", "")
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        return None
    # After a backup was restored, a new user may have the id of a shopper who was lost.
    users = User.objects.filter(pk=int(key), date_joined__lte=session.created_at + CLOCK_TOLERANCE)
    return users.values_list("pk", flat=True).first()
