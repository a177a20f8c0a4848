"""`manage.py replay_events`: process stored events again, some by id or all that were selected,
oldest first.
"""

from argparse import ArgumentTypeError
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db.models import QuerySet
from django.utils.timezone import make_aware

from orders.events.replay import Replay, replay
from orders.models import StripeEvent
from orders.statuses import EventOutcome
from worker.checked_command import CheckedCommand


class Command(CheckedCommand):
    """Right at any time, also while the worker processes the same events."""

    help = (
        "Process stored events again and print what came of each; exits 1 if any could "
        "not be processed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take ids, or which events to select."""
        parser.add_argument("ids", nargs="*", metavar="ID", help="an event's id, evt_…")
        parser.add_argument("--pending", action="store_true", help="all that are pending")
        parser.add_argument(
            "--since",
            type=_day,
            metavar="DATE",
            help="all received on or after a day, as 2026-11-23",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Replay, one line each.

        Raises CommandError for arguments that name nothing, and if any failed.
        """
        ids, selects = options["ids"], options["pending"] or options["since"]
        if bool(ids) == bool(selects):
            raise CommandError(
                "Name events by their ids, or select them with --pending or --since: "
                "one of the two."
            )
        rows = _named(ids) if ids else _selected(options["pending"], options["since"])
        failures = self._replay(
            rows.order_by("received_at", "pk").values_list("pk", flat=True).iterator()
        )
        if failures:
            raise CommandError(f"{failures} could not be processed now.")

    def _replay(self, ids: Iterable[str]) -> int:
        failures = 0
        for pk in ids:  # one body at a time in memory
            row = StripeEvent.objects.get(pk=pk)
            came_of_it: Replay = replay(row)
            self.stdout.write(f"{row.pk} {row.type} {came_of_it}")
            failures += not came_of_it.is_done
        return failures


def _day(text: str) -> datetime:
    try:
        return make_aware(datetime.combine(date.fromisoformat(text), datetime.min.time()))
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no day such as 2026-11-23.") from error


def _named(ids: list[str]) -> QuerySet[StripeEvent]:
    rows = StripeEvent.objects.filter(
        pk__in=[pk for pk in ids if pk.isprintable()]
    )  # what PostgreSQL can store
    unknown = sorted(set(ids) - set(rows.values_list("pk", flat=True)))
    if unknown:
        raise CommandError(
            f"No event is called {', '.join(map(repr, unknown))}; nothing was replayed."
        )
    return rows


def _selected(pending: bool, since: datetime | None) -> QuerySet[StripeEvent]:
    rows = (
        StripeEvent.objects.filter(outcome=EventOutcome.PENDING)
        if pending
        else StripeEvent.objects.all()
    )
    return rows.filter(received_at__gte=since) if since else rows
