"""Whose key this is."""

from django.conf import settings

from stripe_gateway.client import patient
from stripe_gateway.errors import translated
from stripe_gateway.reading import text


def current_account() -> str:
    """Ask Stripe for the id of the account that the secret key opens.

    Raises KeyRefused, Unavailable.
    """
    with translated():
        return text(patient().v1.accounts.retrieve_current().to_dict(), "id")


def is_live() -> bool:
    """Whether the secret key moves real money (docs.stripe.com/keys)."""
    return "_live_" in settings.STRIPE_SECRET_KEY
