"""`manage.py reconcile_orders`: prove that Stripe's payments and our orders agree; `--check` only
looks.
"""

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from money import amount_text
from orders.models import Reconciliation
from orders.policy import DISCREPANCIES_KEPT
from orders.reconciliation.run import reconcile
from stripe_gateway.errors import GatewayError
from worker.checked_command import CheckedCommand

TIME = "%Y-%m-%d %H:%M:%S UTC"
FOUNDED = datetime(2010, 1, 1, tzinfo=UTC)  # there are no sessions from before there was a Stripe


class Command(CheckedCommand):
    """Compare, write the orders that are missing, print a table.

    Exits 1 where a difference is left.
    """

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """From when, and whether to touch anything."""
        parser.add_argument(
            "--since",
            type=str,
            help="date or time, such as 2026-10-01; default: a day before the last proof",
        )
        parser.add_argument(
            "--check", action="store_true", help="change nothing in orders, only compare"
        )

    def handle(self, *args: Any, since: str | None, check: bool, **options: Any) -> None:
        """Run once. Raises CommandError, so that the exit code is 1."""
        try:
            row = reconcile(since=None if since is None else _moment(since), repair=not check)
        except GatewayError as error:
            raise CommandError(
                f"Nothing is proved, Stripe could not be asked to the end: {error}"
            ) from error
        self.stdout.write(_table(row))
        if row.discrepancy_count:
            plural = "" if row.discrepancy_count == 1 else "s"
            raise CommandError(f"{row.discrepancy_count} difference{plural}.")
        self.stdout.write(f"No difference, as of {row.cutoff:{TIME}}.")


def _moment(text: str) -> datetime:
    try:
        moment = parse_datetime(text) or parse_date(text)
    except ValueError:
        moment = None
    if moment is None:
        raise CommandError(
            f"--since is no date: {text!r}. Write it like 2026-10-01 or 2026-10-01T12:00."
        )
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day)
    moment = moment if timezone.is_aware(moment) else timezone.make_aware(moment)
    if not FOUNDED <= moment <= timezone.now():
        raise CommandError(f"--since is in the future, or before 2010: {text!r}.")
    return moment.astimezone(UTC)


def _table(row: Reconciliation) -> str:
    totals = (
        amount_text(row.stripe_total, row.currency),
        amount_text(row.orders_total, row.currency),
    )
    lines = [
        f"Account {row.account}, sessions made from {row.since:{TIME}} to {row.cutoff:{TIME}}",
        f"{'':12}{'at Stripe':>18}{'our orders':>18}",
        f"{'payments':12}{row.sessions:>18}{row.orders:>18}",
        f"{'total':12}{totals[0]:>18}{totals[1]:>18}",
        (
            f"Orders written by this run: {row.created_orders}. Sessions of other shops: "
            f"{row.not_ours}."
        ),
    ]
    shown = [_line(found) for found in row.discrepancies]
    if len(shown) == DISCREPANCIES_KEPT:
        shown.append(f"No more than {DISCREPANCIES_KEPT} are listed.")
    return "\n".join([*lines, *shown])


def _line(found: dict[str, Any]) -> str:
    order = f" (order {found['order']})" if found["order"] else ""
    return (
        f"{found['session']}{order}: "
        f"{found['what']}{' Explained by a person.' if found['explained'] else ''}"
    )
