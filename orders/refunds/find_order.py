"""Find the order that a payment intent belongs to."""

import re

from django.utils.translation import gettext as _

from orders.checkout.complete import complete
from orders.checkout.match import fetch, match
from orders.models import Order
from stripe_gateway.sessions import session_of_payment


def order_of(payment_intent: str, *, source: str) -> Order | None:
    """Return the order that was paid with a payment intent; None if the shop did not sell it.

    If the payment has no order yet, it is created now: its own event may have been lost, or arrive
    later. `source` appears in that order's timeline. Raises GatewayError, and NotPaidYet for a
    session of ours that Stripe does not report as paid yet.
    """
    if not re.fullmatch(r"pi_[A-Za-z0-9_]{1,200}", payment_intent):
        return None
    order = Order.objects.filter(payment_intent=payment_intent).first()
    if order:
        return order
    session = session_of_payment(payment_intent, quick=True)
    if session is None or not match(session).is_ours:
        return None
    order = complete(fetch(session.id, quick=True), source=source).order
    if order is None:
        raise NotPaidYet(_("The session %(id)s is not paid yet.") % {"id": session.id})
    return order


class NotPaidYet(Exception):
    """Stripe has refunded or disputed a payment whose session it does not report as paid yet."""
