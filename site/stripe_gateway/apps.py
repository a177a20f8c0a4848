"""Installed for its system checks of keys and addresses."""

from django.apps import AppConfig


class StripeGatewayConfig(AppConfig):
    """Talks to Stripe; no models."""

    name = "stripe_gateway"

    def ready(self) -> None:
        from stripe_gateway import checks

        checks.register()
