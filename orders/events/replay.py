"""Process a stored event again, whatever its outcome was: for the button in the admin and for
`manage.py replay_events`.
"""

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from orders.events.process import process
from orders.models import StripeEvent
from orders.statuses import EventOutcome


@dataclass(frozen=True)
class Replay:
    """The result of one attempt. `outcome` is the row's present outcome; `reason` is this
    attempt's.
    """

    outcome: EventOutcome
    reason: str
    is_done: bool

    def __str__(self) -> str:
        values = {"outcome": self.outcome.label, "reason": self.reason}
        if self.is_done or self.outcome == EventOutcome.PENDING:
            return _("%(outcome)s: %(reason)s") % values
        text = _("The event could not be processed. Its outcome is still %(outcome)s. %(reason)s")
        return text % values


def replay(row: StripeEvent) -> Replay:
    """Process the event as if it had just arrived. Harmless if its order exists already.

    A new final outcome replaces the old one. A failed attempt leaves a final outcome unchanged:
    `pending` would make the worker retry the event forever.
    """
    if not row.body:
        text = _("Its text has been deleted, as happens after %(days)s days.")
        days = {"days": settings.PERSONAL_DATA_DAYS}
        return Replay(EventOutcome(row.outcome), text % days, is_done=False)
    tried = process(row)
    is_done = tried.outcome != EventOutcome.PENDING
    stored = StripeEvent.objects.filter(pk=row.pk)
    if is_done:
        stored.update(outcome=tried.outcome, reason=tried.reason)
    outcome = EventOutcome(stored.values_list("outcome", flat=True).get())
    return Replay(outcome, tried.reason, is_done)
