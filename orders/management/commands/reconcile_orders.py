"""`manage.py reconcile_orders`: compare Stripe's payments with the shop's orders."""

from argparse import ArgumentParser
from datetime import UTC, datetime, time
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from admin_base.times import exact_time
from money import amount_text
from orders.models import Reconciliation
from orders.policy import DISCREPANCIES_KEPT
from orders.reconciliation.run import reconcile
from stripe_gateway.errors import GatewayError
from worker.checked_command import CheckedCommand

FOUNDED = datetime(2010, 1, 1, tzinfo=UTC)  # Stripe has no sessions from before it was founded
EXAMPLES = "2026-10-01 or 2026-10-01T12:00"


class Command(CheckedCommand):
    """Prints a table, and exits with 1 if Stripe and the orders do not agree."""

    help = (
        "Compare Stripe's paid sessions, refunds and disputes with the orders, and create what is "
        "missing. "
        "Exits with 1 if discrepancies are left."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Accept the start of the period, and `--check`."""
        parser.add_argument(
            "--since",
            help=f"compare sessions created since this date or time, for example {EXAMPLES}. "
            "Default: a day before the last daily run without discrepancies, or five weeks or more"
            " ago if "
            "that run is older than a day",
        )
        parser.add_argument(
            "--check",
            action="store_true",
            help="only compare: create no orders, raise no alerts (the run itself is stored)",
        )

    def handle(self, *args: Any, since: str | None, check: bool, **options: Any) -> None:
        """Run once. Raises CommandError if Stripe cannot be queried or discrepancies are left."""
        start = None if since is None else read_time(since)
        try:
            run = reconcile(since=start, repair=not check)
        except GatewayError as error:
            raise CommandError(f"The comparison was interrupted: {error}") from error
        self.stdout.write("\n".join(describe(run)))
        if run.discrepancy_count:
            raise CommandError(f"{run.result}.")
        self.stdout.write(f"No discrepancies, as of {exact_time(run.cutoff)}.")


def read_time(text: str) -> datetime:
    """Return the time that a person wrote, in the shop's time zone unless it names another.

    Raises CommandError.
    """
    try:
        found = parse_datetime(text) or parse_date(text)
    except ValueError:
        found = None
    if found is None:
        raise CommandError(
            f"--since must be a date or a time, for example {EXAMPLES}, not {text!r}."
        )
    if not isinstance(found, datetime):
        found = datetime.combine(found, time.min)
    found = found if timezone.is_aware(found) else timezone.make_aware(found)
    if not FOUNDED <= found <= timezone.now():
        raise CommandError(f"--since must be between 2010 and now, not {text!r}.")
    return found.astimezone(UTC)


def describe(run: Reconciliation) -> list[str]:
    """The lines of the report about a finished run."""
    since, cutoff = exact_time(run.since), exact_time(run.cutoff)
    totals = (run.stripe_total, run.orders_total, run.refunds_total, run.our_refunds_total)
    paid, ordered, refunded, recorded = (amount_text(total, run.currency) for total in totals)
    lines = [
        f"Account {run.account}, created from {since} to {cutoff}",
        f"{'':14}{'at Stripe':>18}{'in the shop':>18}",
        f"{'orders':14}{run.sessions:>18}{run.orders:>18}",
        f"{'  total':14}{paid:>18}{ordered:>18}",
        f"{'refunds':14}{run.refunds:>18}{run.our_refunds:>18}",
        f"{'  total':14}{refunded:>18}{recorded:>18}",
        f"{'disputes':14}{run.disputes:>18}{run.our_disputes:>18}",
        f"Orders created by this run: {run.created_orders}. "
        f"Sessions of other shops: {run.not_ours}.",
    ]
    for found in run.discrepancies:
        order = f" (order {found['order']})" if found["order"] else ""
        explained = " Explained by staff." if found["explained"] else ""
        lines.append(f"{found['session']}{order}: {found['what']}{explained}")
    if len(run.discrepancies) == DISCREPANCIES_KEPT:
        lines.append(f"Only the first {DISCREPANCIES_KEPT} discrepancies are listed.")
    return lines
