"""`manage.py sync_prices`: sync the catalogue to Stripe now; `--check` compares it with Stripe."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from products import drift
from products.sync import sync_catalogue
from stripe_gateway.errors import GatewayError
from worker.checked_command import CheckedCommand

SYNCED = (
    "Everything that was published has been sent to Stripe. Stripe was not asked whether somebody "
    "changed it there; `sync_prices --check` does that."
)
COMPARED = "Stripe has the published products and prices."


class Command(CheckedCommand):
    """Send what was published since the last sync, or compare every product with Stripe.

    Exits with 1 if a product could not be synced, or differs.
    """

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add `--check`."""
        text = "compare every product with Stripe and print the differences; change nothing"
        parser.add_argument("--check", action="store_true", help=text)

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        """Sync or compare. Raises CommandError with a line per product."""
        try:
            failures = differences() if check else sync_catalogue(now=True)
        except GatewayError as error:
            raise CommandError(f"Stripe: {error}") from error
        if failures:
            raise CommandError("\n".join(failures))
        self.stdout.write(COMPARED if check else SYNCED)


def differences() -> list[str]:
    """The differences in words, such as `Brass Lamp: Its price is archived at Stripe.`."""
    return [text for found in drift.compare_all() for text in found.sentences]
