"""`manage.py stripe_setup`: the webhook endpoint that the shop needs."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orders.events.endpoint import problem_with, webhook_url
from orders.events.process import HANDLERS
from orders.key_permissions import problem_with_key
from stripe_gateway.client import API_VERSION
from stripe_gateway.endpoints import create_endpoint, list_endpoints
from stripe_gateway.errors import GatewayError
from stripe_gateway.key_permissions import missing_permissions


class Command(BaseCommand):
    """Print the settings of the webhook endpoint and, with `--create`, create it."""

    help = (
        "Show the settings of the webhook endpoint that Stripe needs, and create it with --create."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Accept `--events`, `--check` and `--create`."""
        parser.add_argument(
            "--events", action="store_true", help="print the event types only, separated by commas"
        )
        parser.add_argument(
            "--check",
            action="store_true",
            help="ask Stripe whether the endpoint and the permissions of the key are complete",
        )
        parser.add_argument(
            "--create", action="store_true", help="create the endpoint and print its secret"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the settings. Raises CommandError if Stripe cannot be queried."""
        events = sorted(HANDLERS)
        if options["events"]:
            self.stdout.write(",".join(events))
            return
        if options["check"]:
            self.check_account()
            return
        self.stdout.write(f"Endpoint URL: {webhook_url()}")
        self.stdout.write(f"API version:  {API_VERSION}")
        self.stdout.write("Events:")
        for name in events:
            self.stdout.write(f"  {name}")
        if options["create"]:
            self.create(events)

    def check_account(self) -> None:
        """Say what Stripe lacks. Raises CommandError if anything does."""
        try:
            problems = [problem_with(list_endpoints())]
            if missing := missing_permissions():
                problems.append(problem_with_key(missing))
        except GatewayError as error:
            raise CommandError(f"Stripe could not be asked: {error}") from error
        if found := "\n".join(filter(None, problems)):
            raise CommandError(found)
        self.stdout.write("The endpoint and the permissions of the key are complete.")

    def create(self, events: list[str]) -> None:
        """Create the endpoint unless there is a complete one."""
        try:
            if not problem_with(list_endpoints()):
                self.stdout.write("The account already has this endpoint.")
                return
            created = create_endpoint(webhook_url(), events)
        except GatewayError as error:
            raise CommandError(f"The endpoint could not be created: {error}") from error
        self.stdout.write(f"Created. Set STRIPE_WEBHOOK_SECRET to {created.secret}")
