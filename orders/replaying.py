"""Processing a stored event again, whatever came of it before: staff do it by a button or `manage.py replay_events`."""

from dataclasses import dataclass

from orders import webhook
from orders.models import StripeEvent


@dataclass(frozen=True)
class Replay:
    """What came of one try. `outcome` is what the row says from now on; `reason` is of this try."""

    outcome: str
    reason: str
    is_done: bool

    def __str__(self) -> str:
        if self.is_done or self.outcome == StripeEvent.Outcome.PENDING:
            return f"{self.outcome}: {self.reason}"
        return f"not now, stays {self.outcome}: {self.reason}"


def replay(row: StripeEvent) -> Replay:
    """Act on the event as it is stored, as if it came now. Does no harm to one that was settled: its order is known.

    A new final outcome takes the place of the old one, since it is what the books say today. A try that fails leaves a
    final outcome as it was: pending would mean that something is still to be done about the event, and have the worker
    try it for ever.
    """
    tried = webhook.process(row)
    is_done = tried.outcome != StripeEvent.Outcome.PENDING
    stored = StripeEvent.objects.filter(pk=row.pk)
    if is_done:
        stored.update(outcome=tried.outcome, reason=tried.reason)
    return Replay(stored.values_list("outcome", flat=True).get(), tried.reason, is_done)
