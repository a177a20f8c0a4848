"""`manage.py reconcile_orders`: prove that Stripe's payments and our orders agree; `--check` only looks."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from money import amount_text
from orders.models import Reconciliation
from orders.reconciliation import reconcile
from stripe_gateway.errors import GatewayError

TIME = "%Y-%m-%d %H:%M:%S UTC"


class Command(BaseCommand):
    """Compare, write the orders that are missing, print a table. Exits 1 where a difference is left."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """From when, and whether to touch anything."""
        parser.add_argument("--since", type=str, help="date or time, such as 2026-10-01; default: the last success")
        parser.add_argument("--check", action="store_true", help="change nothing; a payment of this minute may show")

    def handle(self, *args: Any, since: str | None, check: bool, **options: Any) -> None:
        """Run once. Raises CommandError, so that the exit code is 1."""
        try:
            row = reconcile(since=_moment(since) if since else None, repair=not check)
        except GatewayError as error:
            raise CommandError(f"Nothing is proved, Stripe could not be asked to the end: {error}") from error
        self.stdout.write(_table(row))
        if row.difference_count:
            raise CommandError(f"{row.difference_count} differences.")
        self.stdout.write(f"No difference, as of {row.cutoff:{TIME}}.")


def _moment(text: str) -> datetime:
    try:
        moment = parse_datetime(text) or parse_date(text)
    except ValueError:
        moment = None
    if moment is None:
        raise CommandError(f"--since is no date: {text!r}. Write it like 2026-10-01 or 2026-10-01T12:00.")
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day)
    moment = moment if timezone.is_aware(moment) else timezone.make_aware(moment)
    if moment > timezone.now():
        raise CommandError(f"--since is in the future: {text!r}.")
    return moment


def _table(row: Reconciliation) -> str:
    totals = amount_text(row.stripe_total, row.currency), amount_text(row.orders_total, row.currency)
    lines = [
        f"Account {row.account}, sessions made from {row.since:{TIME}} to {row.cutoff:{TIME}}",
        f"{'':12}{'at Stripe':>18}{'our orders':>18}",
        f"{'payments':12}{row.sessions:>18}{row.orders:>18}",
        f"{'total':12}{totals[0]:>18}{totals[1]:>18}",
        f"Orders written by this run: {row.settled}. Sessions of other shops: {row.ignored}.",
    ]
    shown = [f"{found['session']} {found['order']} {found['what']}" for found in row.differences]
    return "\n".join([*lines, *shown])
