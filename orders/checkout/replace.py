"""Replace a checkout that is no longer wanted: its session expires at Stripe first, so that it
cannot be paid afterwards.
"""

from orders.checkout.close import close
from orders.checkout.complete import Outcome, complete
from orders.checkout.match import match
from orders.models import Checkout
from orders.statuses import CheckoutStatus
from products import stripe_account
from stripe_gateway import sessions
from stripe_gateway.errors import NotFound


class Replaced(Exception):
    """The shopper changed the basket in another window while we waited for Stripe."""


def expire(checkout: Checkout) -> None:
    """Expire a payable checkout's session and mark it as replaced. If it turns out to be paid, it
    becomes an order.

    Raises GatewayError.
    """
    if checkout.session_id is None or checkout.account != stripe_account.current():
        close(checkout, CheckoutStatus.REPLACED)
        return
    try:
        session = sessions.expire_session(checkout.session_id)
    except NotFound:
        close(checkout, CheckoutStatus.REPLACED)
        return
    if (
        session.status != "expired"
        and complete(match(session), source="a new checkout").outcome != Outcome.IGNORED
    ):
        return
    close(checkout, CheckoutStatus.REPLACED)
