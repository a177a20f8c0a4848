"""One call to Stripe that turns a stored checkout into an open payment page."""

import time
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from attention import causes
from orders import fulfilment, superseding
from orders.models import Checkout, Installation
from products.models import Reservation
from stripe_gateway import sessions
from stripe_gateway.account import is_live
from stripe_gateway.errors import Conflict, KeyReused, NotFound, Refused, ServerError
from stripe_gateway.sessions import Session

LIFETIME = timedelta(minutes=35)  # Stripe takes 30 minutes to 24 hours; five more for clocks that differ
# Stripe keeps a key's answer for a day, so an old key could bring back a session that has ended since.
KEY_LIFETIME = timedelta(seconds=60)
POLLS, POLL_SECONDS = 20, 0.25


class WrongAnswer(Exception):
    """Stripe's session does not cost what the page said. It was ended at once; attention is called."""


def expiry(attempted_at: datetime) -> datetime:
    """When a session first asked for at `attempted_at` ends, in whole seconds as Stripe counts."""
    return attempted_at.replace(microsecond=0) + LIFETIME


def request_for(checkout: Checkout) -> dict[str, Any]:
    """Every parameter of the call, computed from the stored row alone: a retry sends the same bytes."""
    cancelled = f"{settings.SITE_URL}{reverse('checkout_cancelled')}?checkout={checkout.pk}"
    # Stripe fills in the braces, so they must not be escaped.
    success = f"{settings.SITE_URL}{reverse('checkout_success')}?session_id={{CHECKOUT_SESSION_ID}}"
    metadata = {
        "installation": Installation.current_id(),
        "checkout": str(checkout.pk),
        "user": str(checkout.user_id),
    }
    return sessions.session_request(
        items=[(line.stripe_price.stripe_id, line.quantity) for line in checkout.lines.select_related("stripe_price")],
        success_url=success,
        cancel_url=cancelled,
        email=checkout.user.email if checkout.user else "",
        reference_id=str(checkout.pk),
        metadata=metadata,
        expires_at=int(checkout.expires_at.timestamp()),
    )


def open_session(checkout: Checkout) -> Checkout:
    """Ask Stripe for the session of an `opening` checkout and store it; returns the row as it is then.

    Raises GatewayError (Unavailable leaves the checkout to be tried again, Refused ends it), Superseded when another
    window chose something else meanwhile, WrongAnswer.
    """
    checkout = _with_fresh_key(checkout)
    try:
        session = sessions.create_session(checkout.request, idempotency_key=checkout.idempotency_key)
    except Conflict:
        return _wait_for_other(checkout)
    except (ServerError, KeyReused):
        # The key now stands for this failure; the next try needs another.
        _next_attempt(checkout.pk, checkout.attempt)
        raise
    except Refused:
        fulfilment.close(checkout, Checkout.Status.FAILED)
        raise
    return adopt(checkout, session)


def adopt(checkout: Checkout, session: Session) -> Checkout:
    """Store the session that was made for an `opening` checkout. Raises WrongAnswer, Superseded, GatewayError."""
    _check_answer(checkout, session)
    return _store_session(checkout, session)


def resume(checkout: Checkout) -> Checkout:
    """Make sure that the page of an `open` checkout can still be paid; returns the row as it is then.

    It may have been paid a moment ago and the webhook be late, or its account may have been emptied.
    Raises GatewayError.
    """
    try:
        session = fulfilment.ask(str(checkout.session_id), known=True)
    except NotFound:
        fulfilment.close(checkout, Checkout.Status.SUPERSEDED)
        raise
    if session.status != "open":
        fulfilment.settle(session, noticed_by="another click")
        checkout.refresh_from_db()
    return checkout


def _with_fresh_key(checkout: Checkout) -> Checkout:
    if checkout.attempted_at < timezone.now() - KEY_LIFETIME:
        return _next_attempt(checkout.pk, checkout.attempt)
    return checkout


@transaction.atomic
def _next_attempt(pk: Any, attempt: int) -> Checkout:
    """Give the checkout its next key, once: a second click that wanted the same finds it done."""
    checkout = Checkout.objects.select_for_update().get(pk=pk)
    if checkout.attempt == attempt and checkout.status == Checkout.Status.OPENING:
        checkout.attempt += 1
        checkout.attempted_at = timezone.now()
        checkout.expires_at = expiry(checkout.attempted_at)
        checkout.request = request_for(checkout)
        checkout.save(update_fields=["attempt", "attempted_at", "expires_at", "request"])
        Reservation.objects.filter(key=checkout.pk).update(until=checkout.expires_at)
    return checkout


def _wait_for_other(checkout: Checkout) -> Checkout:
    """The same key is being worked on: a double click. Its answer is ours too. Raises Conflict if none comes in 5 s."""
    attempt = checkout.attempt
    for _ in range(POLLS):
        time.sleep(POLL_SECONDS)
        checkout.refresh_from_db()
        if checkout.status in Checkout.STANDING and checkout.status != Checkout.Status.OPENING:
            return checkout
        if checkout.status not in Checkout.STANDING or checkout.attempt != attempt:
            break  # the first click failed
    raise Conflict("The first click has no answer from Stripe.")


def _check_answer(checkout: Checkout, session: Session) -> None:
    """Shown = charged: refuse a session over another sum, whatever the cause."""
    asked = (checkout.subtotal, checkout.currency, is_live())
    got = (session.subtotal, session.currency, session.livemode)
    if got == asked:
        return
    # Our own books first: Stripe may not answer to the next call, and nobody was told this session's address.
    causes.open(f"wrong-session:{checkout.pk}", f"Stripe made session {session.id} over {got}, asked for {asked}.")
    fulfilment.close(checkout, Checkout.Status.FAILED)
    sessions.expire_session(session.id)
    raise WrongAnswer(f"{session.id}: {got}, not {asked}")


def _store_session(checkout: Checkout, session: Session) -> Checkout:
    changed = Checkout.objects.filter(pk=checkout.pk, status=Checkout.Status.OPENING).update(
        status=Checkout.Status.OPEN, session_id=session.id, url=session.url
    )
    checkout.refresh_from_db()
    if not changed and checkout.session_id != session.id:
        # Another click was first, with another choice or a later key: this session must not stay payable.
        sessions.expire_session(session.id)
        if checkout.status not in Checkout.STANDING:
            raise superseding.Superseded
    return checkout
