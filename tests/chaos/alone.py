"""The webhook without what stands behind it, so that it is judged alone: what it loses, nobody else
finds.
"""

from dataclasses import replace

from orders.views import success
from worker import registry


def leave_only_the_webhook() -> None:
    """The success page asks nobody, nor does the worker; events that could not be acted on are
    still taken up.
    """
    only_wait()
    stop_jobs("poll_checkouts", "reconcile_orders")


def only_wait() -> None:
    """Let the success page wait for others to settle."""
    success._ask = lambda request, user, session_id, attempt: success._wait(request, attempt)


def stop_jobs(*names: str) -> None:
    """Let these jobs do nothing."""
    for name in names:
        registry._jobs[name] = replace(registry._jobs[name], function=lambda: None)
