"""The only writer of orders. Called with a snapshot of a session by the webhook, the success page and the worker.

It may be called any number of times, at once, and with snapshots that come late: whoever is first writes the order, in
one transaction, and everybody else finds it done.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from django.db import IntegrityError
from django.utils import timezone

from money import amount_text
from orders import contradictions
from orders.locking import atomic_with_retries
from orders.models import Checkout, Installation, Order, OrderEvent, OrderLine
from products import accounts
from products.models import Product, Reservation
from stripe_gateway import sessions
from stripe_gateway.sessions import Session
from users.models import User

CLOCKS_DIFFER = timedelta(minutes=5)  # Stripe's and ours


class Outcome(StrEnum):
    """What a snapshot led to."""

    CREATED = "created"  # this call wrote the order
    KNOWN = "known"  # the order was there
    WAITING = "waiting"  # not paid yet, but it may be
    FAILED = "failed"  # a delayed payment came to nothing
    ENDED = "ended"  # expired without a payment
    IGNORED = "ignored"  # not a sale of this shop


@dataclass(frozen=True)
class Settled:
    """`order` where there is one; `reason` where the snapshot was ignored."""

    outcome: Outcome
    order: Order | None = None
    reason: str = ""


def is_session_id(text: str) -> bool:
    """Whether a text may be asked about: another one could lead to another of Stripe's addresses."""
    return re.fullmatch(r"cs_[A-Za-z0-9_]{1,200}", text) is not None


def ask(session_id: str, *, known: bool = False, hurry: bool = False) -> Session:
    """Fetch a session's present state, with its lines where no checkout of ours tells them. Raises GatewayError.

    `known` says that there is a checkout, and `hurry` that somebody is waiting.
    """
    session = sessions.retrieve_session(session_id, hurry=hurry)
    if not known and session.is_paid and ours(session) and find_checkout(session) is None:
        return sessions.retrieve_session(session_id, with_items=True, hurry=hurry)
    return session


def settle(session: Session, *, noticed_by: str) -> Settled:
    """Bring our books up to a snapshot. `noticed_by` goes into the order's timeline.

    Raises GatewayError where there is no checkout and Stripe cannot tell whose account it is; nothing has changed then.
    """
    if session.mode != "payment" or not ours(session):
        return Settled(Outcome.IGNORED, reason="Not a sale of this shop.")
    checkout = find_checkout(session)
    # Without a checkout the snapshot was asked for just now, with the present key; a webhook need not know the account.
    account = checkout.account if checkout else accounts.current()
    try:
        return _settle(session, checkout, account, noticed_by)
    except IntegrityError:
        # Without a checkout there is no row to queue at: another caller wrote the order in between.
        return _settle(session, checkout, account, noticed_by)


def ours(session: Session) -> bool:
    """Whether this shop made the session, rather than another one on the same Stripe account.

    Metadata can be taken away in the Dashboard; the attempt still knows its session.
    """
    if "installation" in session.metadata:
        return session.metadata["installation"] == Installation.current_id()
    return Checkout.objects.filter(session_id=session.id).exists()


def find_checkout(session: Session) -> Checkout | None:
    """The attempt that asked for this session. By its own id: a crash may have kept the session's from being stored."""
    if "checkout" not in session.metadata:
        return Checkout.objects.filter(session_id=session.id).first()
    key = _uuid(session.metadata["checkout"])
    return Checkout.objects.filter(pk=key).first() if key else None


@atomic_with_retries
def close(checkout: Checkout, status: Checkout.Status) -> None:
    """End an attempt that was not paid, and free what it reserved.

    Does nothing to one that is finished, or that has got a session since `checkout` was read: that one is payable.
    """
    now = Checkout.objects.select_for_update().get(pk=checkout.pk)
    if now.session_id == checkout.session_id:
        _close(now, status)


@atomic_with_retries
def _settle(session: Session, checkout: Checkout | None, account: str, noticed_by: str) -> Settled:
    if checkout:
        checkout = Checkout.objects.select_for_update().get(pk=checkout.pk)
    order = Order.objects.filter(session_id=session.id).first()
    if order:
        return Settled(Outcome.KNOWN, order)
    if session.is_paid:
        return Settled(Outcome.CREATED, _write_order(session, checkout, account, noticed_by))
    if session.has_failed:
        _close_failed(session, checkout)
        return Settled(Outcome.FAILED)
    if session.status == "complete":
        _set_processing(session, checkout)
        return Settled(Outcome.WAITING)
    if session.status == "expired" and checkout:
        # None: killed before the session's id was stored, so this is the only one there was.
        if checkout.session_id in (None, session.id):
            _close(checkout, Checkout.Status.EXPIRED)
        return Settled(Outcome.ENDED)
    return Settled(Outcome.WAITING)


def _close(checkout: Checkout, status: Checkout.Status) -> None:
    if checkout.status in Checkout.UNFINISHED:
        checkout.status = status
        checkout.save(update_fields=["status"])
        Reservation.objects.filter(key=checkout.pk).delete()


def _write_order(session: Session, checkout: Checkout | None, account: str, noticed_by: str) -> Order:
    order = Order.objects.create(
        checkout=checkout,
        user_id=checkout.user_id if checkout else _user_id(session),
        email=session.email,
        name=session.name,
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
        session_created_at=session.created_at,
        placed_at=timezone.now(),
    )
    lines = OrderLine.objects.bulk_create(_lines(order, session, checkout))
    paid = f"{amount_text(session.total, session.currency)} paid" if session.total else "Nothing was due"
    OrderEvent.objects.create(order=order, text=f"{paid}; noticed by {noticed_by}.")
    contradictions.flag(order, lines, checkout)
    if checkout:
        _finish(checkout, session)
    return order


def _lines(order: Order, session: Session, checkout: Checkout | None) -> list[OrderLine]:
    """The lines as they were shown; without a checkout (a restored backup), as Stripe sold them."""
    if checkout:
        return [
            OrderLine(
                order=order,
                product_id=line.product_id,
                name=line.name,
                unit_amount=line.unit_amount,
                quantity=line.quantity,
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


def _finish(checkout: Checkout, session: Session) -> None:
    checkout.status = Checkout.Status.COMPLETE
    checkout.session_id = checkout.session_id or session.id
    checkout.save(update_fields=["status", "session_id"])
    Reservation.objects.filter(key=checkout.pk).delete()


def _set_processing(session: Session, checkout: Checkout | None) -> None:
    # This snapshot may be older than the news that the payment failed.
    if checkout and not checkout.has_delayed_failure and checkout.status != Checkout.Status.COMPLETE:
        checkout.status = Checkout.Status.PROCESSING
        checkout.session_id = checkout.session_id or session.id
        checkout.save(update_fields=["status", "session_id"])


def _close_failed(session: Session, checkout: Checkout | None) -> None:
    if checkout and checkout.session_id in (None, session.id):
        checkout.session_id = session.id
        checkout.save(update_fields=["session_id"])
        _close(checkout, Checkout.Status.FAILED)


def _user_id(session: Session) -> int | None:
    key = session.metadata.get("user", "")
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        return None
    # After a restored backup a newcomer may have the number of the shopper who was lost.
    users = User.objects.filter(pk=int(key), date_joined__lte=session.created_at + CLOCKS_DIFFER)
    return users.values_list("pk", flat=True).first()


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
