"""`manage.py seed_demo`: add the demo products, users and orders to a demo shop."""

import signal
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from home.demo.orders import add_orders
from home.demo.seeding import own_staff, reason_to_refuse, seed
from worker.checked_command import CheckedCommand


class Command(CheckedCommand):
    """Add what is missing. Does nothing to content that exists, and refuses a real shop."""

    help = "Add the demo content that is missing. Refuses a shop that is not a demo."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add `--if-new`, for scripts that run at every start, and `--orders`."""
        parser.add_argument(
            "--if-new",
            action="store_true",
            help="succeed without adding anything if the shop has staff of its own",
        )
        parser.add_argument(
            "--orders",
            action="store_true",
            help="also add 60 orders from the last 90 days; the Stripe sandbox must be running",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Add the content. Raises CommandError if the shop must not get it."""
        refusal = reason_to_refuse()
        if settings.SHOP_DEMO and options["if_new"] and own_staff():
            self.stdout.write("This shop has staff of its own, so no demo content was added.")
            return
        if refusal:
            raise CommandError(refusal)
        products, users = seed()
        if options["verbosity"]:
            self.stdout.write(f"Demo content: {products} products and {users} users added.")
        if options["orders"]:
            # Ctrl-C ends `make run` as a whole; a traceback from here would only be noise.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            made = add_orders()
            if options["verbosity"]:
                self.stdout.write(f"Demo orders: {made} purchases made.")
