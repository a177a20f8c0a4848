"""Repair what a run finds: missing orders and unfinished checkouts. Raise alerts for the rest."""

import logging
from collections.abc import Iterator
from functools import partial

from django.db import DatabaseError
from django.db.models import Count, Max
from django.urls import reverse
from django.utils.translation import gettext as _

from alerts.raising import open_subjects, raise_alert, resolve_alert
from orders.alerts import OTHER_ACCOUNT
from orders.checkout.complete import Completion, complete
from orders.checkout.match import MatchedSession, fetch
from orders.checkout.poll import poll
from orders.checkout.replace import Replaced
from orders.checkout.session import WrongSession
from orders.models import Checkout, Reconciliation
from orders.policy import MAX_TIMEOUTS_IN_A_ROW
from orders.reconciliation.throttle import Throttle
from stripe_gateway.errors import GatewayError, KeyRefused, Refused, Unavailable, UnexpectedAnswer

logger = logging.getLogger(__name__)


def create_missing_order(matched: MatchedSession, throttle: Throttle) -> Completion | None:
    """Complete a paid session from its present state at Stripe; None if that is impossible.

    Raises GatewayError.
    """
    session_id = matched.session.id
    try:
        # Without a checkout, the line items are retrieved too.
        requests = 1 if matched.checkout else 3
        return complete(
            throttle.make(partial(fetch, session_id), requests=requests), source="reconciliation"
        )
    except (Refused, UnexpectedAnswer, DatabaseError) as error:
        logger.warning("No order could be created for %s: %r", session_id, error)
        return None


def poll_expired_checkouts(run: Reconciliation, throttle: Throttle) -> Iterator[Completion | None]:
    """Poll every unfinished checkout whose session should have expired, without waiting for the
    worker's schedule.
    """
    late = Checkout.objects.filter(
        status__in=Checkout.UNFINISHED, account=run.account, expires_at__lt=run.cutoff
    )
    timeouts = 0
    for checkout in late.iterator(chunk_size=500):
        try:
            # Without a session id, Stripe's list has to be searched.
            requests = 1 if checkout.session_id else 3
            yield throttle.make(partial(poll, checkout, source="reconciliation"), requests=requests)
            timeouts = 0
        except (GatewayError, DatabaseError, WrongSession, Replaced) as error:
            logger.warning("%s could not be polled: %r", checkout, error)
            # Stripe may never answer about one session, and answer about all others.
            timeouts = timeouts + 1 if isinstance(error, Unavailable) else 0
            if timeouts == MAX_TIMEOUTS_IN_A_ROW or isinstance(error, KeyRefused):
                return  # the worker polls the rest


def alert_about_other_accounts(account: str) -> None:
    """Raise an alert about unfinished checkouts of another account: after a change of key they are
    not polled any more.
    """
    others = Checkout.objects.filter(status__in=Checkout.UNFINISHED).exclude(account=account)
    found = others.values_list("account").annotate(count=Count("pk"), newest=Max("created_at"))
    # The time in the subject makes it another alert after the next change of key, even if staff
    # have resolved this one.
    open_now = {f"{other}:{newest.isoformat()}": (other, count) for other, count, newest in found}
    for subject, (other, count) in open_now.items():
        message = _(
            "The shop's key now belongs to another Stripe account. Unfinished checkouts in"
            " %(account)s: %(count)s."
        ) % {"account": other, "count": count}
        raise_alert(
            OTHER_ACCOUNT,
            message,
            subject=subject,
            url=f"{reverse('checkouts_admin:index')}?status=all",
        )
    for subject in set(open_subjects(OTHER_ACCOUNT)) - set(open_now):
        resolve_alert(OTHER_ACCOUNT, subject=subject)
