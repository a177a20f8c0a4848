"""Ask Stripe whether it accepts the options of a checkout, before shoppers depend on them."""

from typing import Any
from uuid import uuid4

from django.conf import settings
from django.utils import timezone

from orders.checkout.delivery import zones_of
from orders.checkout.options import session_options
from orders.models import CheckoutSettings, Installation
from orders.policy import SESSION_LIFETIME
from products import stripe_account
from products.models import StripePrice
from stripe_gateway import sessions
from stripe_gateway.errors import Refused


def refusal(chosen: CheckoutSettings) -> str:
    """Why Stripe refuses sessions with these settings; empty if it accepts them.

    Creates a session for each zone and expires it. Raises GatewayError if Stripe cannot be asked.
    Without a product at Stripe, nothing can be tried, and the answer is empty as well.
    """
    account = stripe_account.current()
    price = (
        StripePrice.objects.filter(account=account, active=True).order_by("-unit_amount").first()
    )
    if price is None:
        return ""
    for zone in zones_of(chosen):
        options = session_options(chosen, zone, price.unit_amount)
        try:
            session = sessions.create_session(
                request_for(price, options), idempotency_key=str(uuid4())
            )
        except Refused as error:
            return str(error)
        sessions.expire_session(session.id)
    return ""


def request_for(price: StripePrice, options: dict[str, Any]) -> dict[str, Any]:
    """The parameters of a session that nobody is sent to. Its metadata names no checkout."""
    return sessions.session_request(
        items=[(price.stripe_id, 1)],
        success_url=settings.SITE_URL,
        cancel_url=settings.SITE_URL,
        email="",
        reference_id="settings-check",
        metadata={"installation": Installation.current_id(), "purpose": "settings check"},
        expires_at=int((timezone.now() + SESSION_LIFETIME).timestamp()),
        options=options,
    )
