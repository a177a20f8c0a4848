"""The worker's question to Stripe about attempts that nobody has told us the end of: webhook lost, browser closed."""

import logging
from datetime import timedelta

from django.db import DatabaseError
from django.utils import timezone

from attention import causes
from orders import fulfilment, opening, superseding
from orders.fulfilment import CLOCKS_DIFFER, Settled
from orders.models import Checkout
from products import accounts
from stripe_gateway import sessions
from stripe_gateway.errors import GatewayError, KeyRefused, NotFound
from stripe_gateway.sessions import Session

logger = logging.getLogger(__name__)

SHORTEST_PAUSE, LONGEST_PAUSE = timedelta(minutes=2), timedelta(hours=6)
BATCH = 100
UNREADABLE = "payment-intents-unreadable"  # a cause of attention


def ask_about_checkouts() -> None:
    """Ask about every unfinished attempt of this account whose question is due, each at growing distances.

    Raises KeyRefused, and GatewayError where it is not known whose account it is.
    """
    due = Checkout.objects.filter(
        status__in=Checkout.UNFINISHED, account=accounts.current(), ask_at__lte=timezone.now()
    )
    for checkout in due.order_by("ask_at")[:BATCH]:
        # Before the question: one that ends the process must not be the first again, for ever.
        _set_next_question(checkout)
        try:
            ask_about(checkout, noticed_by="worker")
        except KeyRefused:
            raise  # nor will it answer about the next: a job that fails and fails calls a person
        except (GatewayError, DatabaseError, opening.WrongAnswer, superseding.Superseded) as error:
            logger.warning("No answer about %s: %r", checkout, error)


def ask_about(checkout: Checkout, *, noticed_by: str) -> Settled | None:
    """Bring one attempt up to what Stripe knows of it; what settling it came to, if it could be settled.

    Raises GatewayError, DatabaseError, WrongAnswer, Superseded.
    """
    session = _find_session(checkout)
    if session and session.status == "open" and checkout.status == Checkout.Status.OPENING:
        opening.adopt(checkout, session)
    elif session:
        return fulfilment.settle(session, noticed_by=noticed_by)
    elif checkout.expires_at < timezone.now():
        # Nobody was ever sent to a payment page for it, or its account does not know the page any more.
        fulfilment.close(checkout, Checkout.Status.EXPIRED)
    return None


def _find_session(checkout: Checkout) -> Session | None:
    if checkout.session_id:
        try:
            session = fulfilment.ask(checkout.session_id, known=True)
        except NotFound:
            return None
        _check_permission(session)
        return session
    # Killed between Stripe's answer and our note of it: the session knows whose it is.
    since = int((checkout.created_at - CLOCKS_DIFFER).timestamp())
    until = int((checkout.attempted_at + CLOCKS_DIFFER).timestamp())
    made = sessions.list_sessions(since=since, until=until)
    return next((session for session in made if session.metadata.get("checkout") == str(checkout.pk)), None)


def _check_permission(session: Session) -> None:
    if session.is_untold:
        causes.open(UNREADABLE, "The key may not read payment intents: nobody learns of bank debits that failed.")
    elif session.intent_status:
        causes.resolve(UNREADABLE)


def _set_next_question(checkout: Checkout) -> None:
    now = timezone.now()
    pause = min(max(now - checkout.created_at, SHORTEST_PAUSE), LONGEST_PAUSE)
    next_time = now + pause
    if checkout.expires_at > now:
        # One question right after the session has ended, whatever the rhythm.
        next_time = min(next_time, checkout.expires_at + timedelta(seconds=30))
    Checkout.objects.filter(pk=checkout.pk).update(ask_at=next_time)
