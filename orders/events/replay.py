"""Process a stored event again, whatever its outcome was: by a button in the admin, or `manage.py
replay_events`.
"""

from dataclasses import dataclass

from orders.events.process import process
from orders.models import StripeEvent
from orders.statuses import EventOutcome


@dataclass(frozen=True)
class Replay:
    """The result of one try. `outcome` is what the row says now; `reason` belongs to this try."""

    outcome: str
    reason: str
    is_done: bool

    def __str__(self) -> str:
        if self.is_done or self.outcome == EventOutcome.PENDING:
            return f"{self.outcome}: {self.reason}"
        return f"could not be processed now, remains {self.outcome}: {self.reason}"


def replay(row: StripeEvent) -> Replay:
    """Process the event as if it had just arrived. Harmless for one that was processed: its order
    exists.

    A new final outcome replaces the old one. A failed try leaves a final outcome unchanged:
    `pending` would make the worker retry the event forever.
    """
    tried = process(row)
    is_done = tried.outcome != EventOutcome.PENDING
    stored = StripeEvent.objects.filter(pk=row.pk)
    if is_done:
        stored.update(outcome=tried.outcome, reason=tried.reason)
    return Replay(stored.values_list("outcome", flat=True).get(), tried.reason, is_done)
