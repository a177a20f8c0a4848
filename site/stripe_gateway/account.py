"""The account that the secret key belongs to. Source: docs.stripe.com/api/accounts."""

from django.conf import settings

from stripe_gateway.calls import translated
from stripe_gateway.client import stripe_client
from stripe_gateway.parsing import StripeModel, Text, parse


class Account(StripeModel):
    """An account at Stripe."""

    id: Text


def current_account() -> str:
    """Ask Stripe for the id of the key's account. Raises KeyRefused, Unavailable."""
    with translated():
        found = stripe_client().v1.accounts.retrieve_current().to_dict()
    return parse(Account, found).id


def is_live() -> bool:
    """Whether the secret key moves real money (docs.stripe.com/keys)."""
    return "_live_" in settings.STRIPE_SECRET_KEY
