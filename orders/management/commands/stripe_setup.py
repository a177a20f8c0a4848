"""`manage.py stripe_setup`: the webhook endpoint that the shop needs."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orders.events.endpoint import problem_with, webhook_url
from orders.events.process import HANDLERS
from stripe_gateway.client import API_VERSION
from stripe_gateway.endpoints import create_endpoint, list_endpoints
from stripe_gateway.errors import GatewayError


class Command(BaseCommand):
    """Print the configuration of the webhook endpoint and, if asked, create it."""

    help = "Print what Stripe's webhook endpoint must be, and create it if asked."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--events` prints the event types only; `--create` creates the endpoint."""
        parser.add_argument(
            "--events", action="store_true", help="print the event types only, separated by commas"
        )
        parser.add_argument(
            "--create", action="store_true", help="create the endpoint and print its secret"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print it. Raises CommandError if Stripe cannot be asked."""
        events = sorted(HANDLERS)
        if options["events"]:
            self.stdout.write(",".join(events))
            return
        self.stdout.write(f"Endpoint URL: {webhook_url()}")
        self.stdout.write(f"API version:  {API_VERSION}")
        self.stdout.write("Events:")
        for name in events:
            self.stdout.write(f"  {name}")
        if options["create"]:
            self.create(events)

    def create(self, events: list[str]) -> None:
        """Create the endpoint unless there is a complete one."""
        try:
            if not problem_with(list_endpoints()):
                self.stdout.write("The account has this endpoint already.")
                return
            created = create_endpoint(webhook_url(), events)
        except GatewayError as error:
            raise CommandError(f"The endpoint could not be created: {error}") from error
        self.stdout.write(f"Created. Set STRIPE_WEBHOOK_SECRET to {created.secret}")
