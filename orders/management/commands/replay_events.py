"""`manage.py replay_events`: process stored events again, oldest first."""

from argparse import ArgumentTypeError
from datetime import date, datetime, time
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db.models import QuerySet
from django.utils.timezone import make_aware

from orders.events.replay import replay
from orders.models import StripeEvent
from orders.statuses import EventOutcome
from worker.checked_command import CheckedCommand


class Command(CheckedCommand):
    """Safe to run at any time, even while the worker processes the same events."""

    help = (
        "Process stored events again and print each result. "
        "Exits with 1 if an event could not be processed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Accept the ids of events, or a selection."""
        parser.add_argument("ids", nargs="*", metavar="ID", help="the ID of an event, evt_…")
        parser.add_argument("--pending", action="store_true", help="all pending events")
        parser.add_argument(
            "--since",
            type=read_day,
            metavar="DATE",
            help="all events received on or after a day, for example 2026-11-23",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Replay the events and print a line for each.

        Raises CommandError for unusable arguments, and if an event could not be processed.
        """
        ids, is_selection = options["ids"], options["pending"] or options["since"]
        if bool(ids) == bool(is_selection):
            raise CommandError("Give the IDs of events, or select them with --pending or --since.")
        rows = named(ids) if ids else selected(options["pending"], options["since"])
        failures = 0
        # One body at a time in memory.
        for pk in rows.order_by("received_at", "pk").values_list("pk", flat=True).iterator():
            row = StripeEvent.objects.get(pk=pk)
            result = replay(row)
            self.stdout.write(f"{row.pk} {row.type} {result}")
            failures += not result.is_done
        if failures:
            raise CommandError(f"Events that could not be processed: {failures}.")


def read_day(text: str) -> datetime:
    """Return the beginning of a day in the shop's time zone. Raises ArgumentTypeError."""
    try:
        return make_aware(datetime.combine(date.fromisoformat(text), time.min))
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is not a date like 2026-11-23.") from error


def named(ids: list[str]) -> QuerySet[StripeEvent]:
    """Return the events with these ids. Raises CommandError if there is none with one of them."""
    # A text that cannot be printed may be one that PostgreSQL cannot store either.
    rows = StripeEvent.objects.filter(pk__in=[pk for pk in ids if pk.isprintable()])
    unknown = sorted(set(ids) - set(rows.values_list("pk", flat=True)))
    if unknown:
        names = ", ".join(map(repr, unknown))
        raise CommandError(f"No event has the ID {names}. No event was replayed.")
    return rows


def selected(pending: bool, since: datetime | None) -> QuerySet[StripeEvent]:
    """Return the pending events, those from a day onwards, or those that are both."""
    rows = StripeEvent.objects.all()
    if pending:
        rows = rows.filter(outcome=EventOutcome.PENDING)
    return rows.filter(received_at__gte=since) if since else rows
