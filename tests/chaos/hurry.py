"""The shop's waits of minutes as seconds, so that a run of half a minute sees the worker ask and try again."""

from dataclasses import replace
from datetime import timedelta

from orders import asking, buying, webhook
from worker import models, process, registry

FACTOR = 24  # two minutes are five seconds
SHORTEST = timedelta(seconds=2)


def shorten_waits() -> None:
    """Divide what the till waits for, and how often its jobs run. How long Stripe is waited for stays."""
    buying.FIRST_QUESTION /= FACTOR
    asking.SHORTEST_PAUSE /= FACTOR
    webhook.HEAD_START /= FACTOR
    models.FRESH /= FACTOR
    process.LONGEST_WAIT /= FACTOR
    for name, job in registry._jobs.items():
        registry._jobs[name] = replace(job, every=max(job.every / FACTOR, SHORTEST))
