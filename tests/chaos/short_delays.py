"""Turn delays of minutes into seconds, so that short runs see the worker poll and retry."""

from dataclasses import replace
from datetime import timedelta

from mail import policy as mail_policy
from orders import policy
from worker import policy as worker_policy
from worker import registry

FACTOR = 24  # two minutes become five seconds
SHORTEST = timedelta(seconds=2)
# Also for hourly jobs: a refund that becomes final after a reconciliation waits for the next one.
LONGEST = timedelta(seconds=20)


def shorten_refund_pauses() -> None:
    """Divide the pauses of refunds, in long runs, too: nobody waits for an hour afterwards."""
    policy.SHORTEST_REFUND_PAUSE /= FACTOR
    policy.LONGEST_REFUND_PAUSE /= FACTOR
    policy.NEW_KEY_PAUSE /= FACTOR


def shorten_email_pauses() -> None:
    """Divide the pauses of emails. A lease still outlasts a mail server that hangs at each step."""
    mail_policy.FIRST_PAUSE /= 10 * FACTOR
    mail_policy.LONGEST_PAUSE = mail_policy.FIRST_PAUSE * 8
    mail_policy.NOT_READY_PAUSE /= FACTOR
    mail_policy.LEASE = timedelta(seconds=30)


def shorten_delays() -> None:
    """Divide the delays of checkouts and events, and the intervals of jobs.

    Timeouts of calls to Stripe stay.
    """
    policy.FIRST_POLL_AFTER /= FACTOR
    policy.SHORTEST_POLL_PAUSE /= FACTOR
    policy.EVENT_HEAD_START /= FACTOR
    worker_policy.FRESH /= FACTOR
    worker_policy.LONGEST_WAIT /= FACTOR
    for name, job in registry._jobs.items():
        every = min(max(job.every / FACTOR, SHORTEST), LONGEST)
        registry._jobs[name] = replace(job, every=every)
