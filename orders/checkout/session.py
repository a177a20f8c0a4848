"""One call to Stripe that turns a stored checkout into a payment page."""

import time
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from alerts.raising import raise_alert
from money import amount_text
from orders import policy
from orders.alerts import WRONG_SESSION
from orders.checkout.close import close
from orders.checkout.complete import complete
from orders.checkout.match import fetch
from orders.checkout.replace import Replaced
from orders.models import Checkout, Installation
from orders.statuses import CheckoutStatus
from products.models import Reservation
from stripe_gateway import sessions
from stripe_gateway.account import is_live
from stripe_gateway.errors import Conflict, EmailInvalid, KeyReused, NotFound, Refused, ServerError
from stripe_gateway.sessions import Session


class WrongSession(Exception):
    """Stripe's session does not cost what the page showed.

    It has been expired, and an alert raised.
    """


def expiry(attempted_at: datetime) -> datetime:
    """When a session first requested at `attempted_at` expires (Unix time, in seconds)."""
    return attempted_at.replace(microsecond=0) + policy.SESSION_LIFETIME


def request_for(checkout: Checkout, *, prefill_email: bool = True) -> dict[str, Any]:
    """Every parameter of the call, computed from the stored row alone: a retry sends the same
    bytes.

    With `prefill_email`, Stripe shows the account's email address; otherwise it asks for one.
    """
    cancelled = f"{settings.SITE_URL}{reverse('shop:checkout_cancelled')}?checkout={checkout.pk}"
    # Stripe fills in the braces, so they must not be escaped.
    success = (
        f"{settings.SITE_URL}{reverse('shop:checkout_success')}?session_id={{CHECKOUT_SESSION_ID}}"
    )
    metadata = {
        "installation": Installation.current_id(),
        "checkout": str(checkout.pk),
        "user": str(checkout.user_id),
    }
    return sessions.session_request(
        items=[
            (line.stripe_price.stripe_id, line.quantity)
            for line in checkout.lines.select_related("stripe_price")
        ],
        success_url=success,
        cancel_url=cancelled,
        email=checkout.user.email if checkout.user and prefill_email else "",
        reference_id=str(checkout.pk),
        metadata=metadata,
        expires_at=int(checkout.expires_at.timestamp()),
        options=checkout.options,
    )


def open_session(checkout: Checkout) -> Checkout:
    """Create the Stripe session of an `opening` checkout and store it; returns the row as it is
    then.

    Raises GatewayError (after Unavailable the checkout can be tried again, after Refused it has
    failed), Replaced if the shopper has changed the basket since, WrongSession.
    """
    if checkout.attempted_at < timezone.now() - policy.IDEMPOTENCY_KEY_LIFETIME:
        checkout = next_attempt(checkout.pk, checkout.attempt)
    try:
        session = sessions.create_session(
            checkout.request, idempotency_key=checkout.idempotency_key
        )
    except Conflict:
        return wait_for_first_click(checkout)
    except (ServerError, KeyReused):
        # Stripe repeats this failure for the same key; the next attempt needs another one.
        next_attempt(checkout.pk, checkout.attempt)
        raise
    except Refused as refusal:
        if isinstance(refusal, EmailInvalid) and has_email(checkout):
            # An address that we accept but Stripe rejects must not stop the purchase.
            return open_session(next_attempt(checkout.pk, checkout.attempt, prefill_email=False))
        close(checkout, CheckoutStatus.FAILED)
        raise
    return adopt(checkout, session)


def has_email(checkout: Checkout) -> bool:
    """Whether the request to Stripe contains the shopper's email address."""
    return "customer_email" in checkout.request


def adopt(checkout: Checkout, session: Session) -> Checkout:
    """Store the session that was created for an `opening` checkout.

    Raises WrongSession, Replaced, GatewayError.
    """
    check_amount(checkout, session)
    changed = Checkout.objects.filter(pk=checkout.pk, status=CheckoutStatus.OPENING).update(
        status=CheckoutStatus.OPEN, session_id=session.id, url=session.url
    )
    checkout.refresh_from_db()
    if not changed and checkout.session_id != session.id:
        # Another click was first, with another basket or a later key: this session must not remain
        # payable.
        sessions.expire_session(session.id)
        if checkout.status not in Checkout.NOT_CLOSED:
            raise Replaced
    return checkout


def check_amount(checkout: Checkout, session: Session) -> None:
    """Shown = charged: refuse a session with another amount, whatever the reason.

    Raises WrongSession, GatewayError.
    """
    expected = (checkout.subtotal, checkout.currency, is_live())
    actual = (session.subtotal, session.currency, session.livemode)
    if actual == expected:
        return
    # Our own rows first: the next call may fail, and nobody has been sent to this session.
    text = _("Session %(session)s asks for %(found)s instead of %(wanted)s.")
    values = {"session": session.id, "found": describe(*actual), "wanted": describe(*expected)}
    raise_alert(WRONG_SESSION, text % values, subject=checkout.pk)
    close(checkout, CheckoutStatus.FAILED)
    sessions.expire_session(session.id)
    raise WrongSession(f"{session.id}: {actual} instead of {expected}")


def describe(minor: int, currency: str, livemode: bool) -> str:
    """What a session asks for, such as `₹499.00 (test mode)`."""
    mode = _("live mode") if livemode else _("test mode")
    return f"{amount_text(minor, currency)} ({mode})"


def resume(checkout: Checkout) -> Checkout:
    """Make sure that an `open` checkout can still be paid; returns the row as it is then.

    It may have been paid a moment ago while its event is late, or its sandbox account may have been
    emptied. Raises GatewayError.
    """
    try:
        matched = fetch(str(checkout.session_id))
    except NotFound:
        close(checkout, CheckoutStatus.REPLACED)
        raise
    if matched.session.status != "open":
        complete(matched, source="another click")
        checkout.refresh_from_db()
    return checkout


@transaction.atomic
def next_attempt(pk: Any, attempt: int, *, prefill_email: bool = True) -> Checkout:
    """Give the checkout its next idempotency key, once: a second click with the
    same attempt changes nothing.

    An email address that Stripe has rejected stays out of the request.
    """
    checkout = Checkout.objects.select_for_update().get(pk=pk)
    if checkout.attempt == attempt and checkout.status == CheckoutStatus.OPENING:
        checkout.attempt += 1
        checkout.attempted_at = timezone.now()
        checkout.expires_at = expiry(checkout.attempted_at)
        prefill_email = prefill_email and has_email(checkout)
        checkout.request = request_for(checkout, prefill_email=prefill_email)
        checkout.save(update_fields=["attempt", "attempted_at", "expires_at", "request"])
        Reservation.objects.filter(key=checkout.pk).update(until=checkout.expires_at)
    return checkout


def wait_for_first_click(checkout: Checkout) -> Checkout:
    """A double click: the same key is in use.

    Wait for the first click's session. Raises Conflict after 5 seconds.
    """
    attempt = checkout.attempt
    for _poll in range(policy.CONFLICT_POLLS):
        time.sleep(policy.CONFLICT_POLL_SECONDS)
        checkout.refresh_from_db()
        if checkout.status in Checkout.NOT_CLOSED and checkout.status != CheckoutStatus.OPENING:
            return checkout
        if checkout.status not in Checkout.NOT_CLOSED or checkout.attempt != attempt:
            break  # the first click failed
    raise Conflict("Stripe has not answered the first click.")
