"""`manage.py stripe_setup`: what to enter in Stripe's Dashboard."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.urls import reverse

from orders.events.process import HANDLERS
from stripe_gateway.client import API_VERSION


class Command(BaseCommand):
    """Print the configuration of the webhook endpoint. Nothing is sent to Stripe."""

    help = "Print what to enter in Stripe's Dashboard for the webhook endpoint."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--events` prints the event types only, as `stripe listen --events` wants them."""
        parser.add_argument(
            "--events", action="store_true", help="print the event types only, separated by commas"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print it."""
        events = sorted(HANDLERS)
        if options["events"]:
            self.stdout.write(",".join(events))
            return
        self.stdout.write(f"Endpoint URL: {settings.SITE_URL}{reverse('shop:stripe_webhook')}")
        self.stdout.write(f"API version:  {API_VERSION}")
        self.stdout.write("Events:")
        for name in events:
            self.stdout.write(f"  {name}")
