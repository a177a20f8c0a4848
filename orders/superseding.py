"""The end of an attempt that nobody wants any more: at Stripe first, so that it cannot be paid afterwards."""

from orders import fulfilment
from orders.models import Checkout
from products import accounts
from stripe_gateway import sessions
from stripe_gateway.errors import NotFound


class Superseded(Exception):
    """Another window chose something else while Stripe was asked."""


def end(checkout: Checkout) -> None:
    """End a payable attempt. If it turns out to be paid, it becomes an order instead. Raises GatewayError."""
    if checkout.session_id is None or checkout.account != accounts.current():
        fulfilment.close(checkout, Checkout.Status.SUPERSEDED)
        return
    try:
        session = sessions.expire_session(checkout.session_id)
    except NotFound:
        fulfilment.close(checkout, Checkout.Status.SUPERSEDED)
        return
    if session.status == "expired":
        fulfilment.close(checkout, Checkout.Status.SUPERSEDED)
    else:
        settled = fulfilment.settle(session, noticed_by="another choice")
        if settled.outcome == fulfilment.Outcome.IGNORED:
            fulfilment.close(checkout, Checkout.Status.SUPERSEDED)
