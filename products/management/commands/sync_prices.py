"""`manage.py sync_prices`: push the catalogue to Stripe now; `--check` only compares."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from products import drift
from products.sync import sync_catalogue
from stripe_gateway.errors import GatewayError
from worker.checked_command import CheckedCommand


class Command(CheckedCommand):
    """Make Stripe's products and prices equal to the pages'.

    Exits 1 where they differ or a push failed.
    """

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One option."""
        parser.add_argument(
            "--check", action="store_true", help="print what differs at Stripe, change nothing"
        )

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        """Push or compare.

        Raises CommandError, so that the exit code is 1, with one line for each product.
        """
        try:
            trouble = _check() if check else sync_catalogue(now=True)
        except GatewayError as error:
            raise CommandError(f"Stripe: {error}") from error
        if trouble:
            raise CommandError("\n".join(trouble))
        self.stdout.write("Stripe has what the pages say.")


def _check() -> list[str]:
    return [
        f"{found.desired.name or found.product}: {text}"
        for found in drift.differences()
        for text in found.texts
    ]
