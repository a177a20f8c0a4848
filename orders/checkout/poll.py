"""The worker's queries to Stripe about unfinished checkouts: events can be lost, and browsers
closed.
"""

import logging

from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import gettext as _

from alerts.raising import raise_alert, resolve_alert
from orders import policy
from orders.alerts import PAYMENT_INTENTS_UNREADABLE
from orders.checkout import session as checkout_session
from orders.checkout.close import close
from orders.checkout.complete import Completion, complete
from orders.checkout.match import MatchedSession, fetch, match
from orders.checkout.replace import Replaced
from orders.checkout.session import WrongSession
from orders.models import Checkout
from orders.statuses import CheckoutStatus
from products import stripe_account
from stripe_gateway import sessions
from stripe_gateway.errors import GatewayError, KeyRefused, NotFound
from stripe_gateway.sessions import Session

logger = logging.getLogger(__name__)


def poll_checkouts() -> None:
    """Poll every unfinished checkout of this account that is due; the pauses grow with its age.

    Raises KeyRefused, and GatewayError if Stripe does not say which account the key belongs to.
    """
    due = Checkout.objects.filter(
        status__in=Checkout.UNFINISHED,
        account=stripe_account.current(),
        poll_at__lte=timezone.now(),
    )
    for checkout in due.order_by("poll_at")[: policy.POLL_BATCH]:
        # Before the query: a checkout that kills the process must not come first again and again.
        schedule_next_poll(checkout)
        try:
            poll(checkout, source="poll")
        except KeyRefused:
            # The other queries would be refused as well; a job that keeps failing raises an alert.
            raise
        except (GatewayError, DatabaseError, WrongSession, Replaced) as error:
            logger.warning("%s could not be polled: %r", checkout, error)


def poll(checkout: Checkout, *, source: str) -> Completion | None:
    """Bring one checkout up to the state at Stripe. Returns what `complete` did, if it was called.

    Raises GatewayError, DatabaseError, WrongSession, Replaced.
    """
    matched = find_session(checkout)
    if matched and matched.session.status == "open" and checkout.status == CheckoutStatus.OPENING:
        checkout_session.adopt(checkout, matched.session)
    elif matched:
        return complete(matched, source=source)
    elif checkout.expires_at < timezone.now():
        # No shopper was ever sent to a payment page, or the account does not have the session any
        # more.
        close(checkout, CheckoutStatus.EXPIRED)
    return None


def find_session(checkout: Checkout) -> MatchedSession | None:
    """The checkout's session at Stripe; None if there is none. Raises GatewayError."""
    if checkout.session_id:
        try:
            matched = fetch(checkout.session_id)
        except NotFound:
            return None
        check_intent_permission(matched.session)
        return matched
    # Killed between Stripe's response and our note of it: the session names its checkout.
    since = int((checkout.created_at - policy.CLOCK_TOLERANCE).timestamp())
    until = int((checkout.attempted_at + policy.CLOCK_TOLERANCE).timestamp())
    found = sessions.list_sessions(since=since, until=until)
    return next(
        (
            match(session)
            for session in found
            if session.metadata.get("checkout") == str(checkout.pk)
        ),
        None,
    )


def check_intent_permission(session: Session) -> None:
    """Raise an alert if a restricted key cannot read payment intents, without which failed
    debits go unnoticed.
    """
    if session.lacks_intent_status:
        text = _("The Stripe key cannot read payment intents, so failed bank debits go unnoticed.")
        raise_alert(PAYMENT_INTENTS_UNREADABLE, text)
    elif session.intent_status:
        resolve_alert(PAYMENT_INTENTS_UNREADABLE)


def schedule_next_poll(checkout: Checkout) -> None:
    """Set `poll_at`: after a pause as long as the checkout is old, and once right after its session
    expires.
    """
    now = timezone.now()
    pause = min(
        max(now - checkout.created_at, policy.SHORTEST_POLL_PAUSE), policy.LONGEST_POLL_PAUSE
    )
    next_time = now + pause
    if checkout.expires_at > now:
        next_time = min(next_time, checkout.expires_at + policy.POLL_AFTER_EXPIRY)
    Checkout.objects.filter(pk=checkout.pk).update(poll_at=next_time)
