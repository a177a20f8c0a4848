"""Switches off everything but the webhook, so that what it loses is not found by anything else."""

from dataclasses import replace

from orders.views import success
from worker import registry


def leave_only_the_webhook() -> None:
    """Neither the success page nor the worker asks Stripe about sessions. Events that could not be
    processed are still retried.
    """
    only_wait()
    stop_jobs("poll_checkouts", "reconcile_orders")


def only_wait() -> None:
    """The success page never asks Stripe."""
    success.may_query = lambda checkout: False
    success.may_query_unknown = lambda user: False


def stop_jobs(*names: str) -> None:
    """Make these jobs do nothing."""
    for name in names:
        registry._jobs[name] = replace(registry._jobs[name], function=lambda: None)
