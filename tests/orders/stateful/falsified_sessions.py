"""Tests the reconciliation itself: if Stripe's record of a sale is falsified, it must find that."""

from datetime import timedelta

from django.utils import timezone

from orders.reconciliation import run
from stripe_sandbox import Record, Sandbox
from tests.orders.stateful import checks

PARTS = ("discount", "shipping", "tax")
FALSIFIED = ("total", "shipping", "subtotal", "payment_intent", "discount", "tax", "currency")
OTHERS = {"currency": "usd", "payment_intent": None}
LONG_AGO = timedelta(days=365)  # before any example begins


def check_no_difference_escapes(stripe: Sandbox) -> None:
    """Falsify one field of each paid session, a different one each time: the reconciliation reports
    every session.
    """
    sold = list(checks.paid_sessions(stripe).values())
    for place, record in enumerate(sold, start=len(sold)):
        # If nothing was due, there is no payment intent.
        names = [name for name in FALSIFIED if record.get(name, True)]
        stripe.state.save(_falsified(record, names[place % len(names)]))
    found = run.reconcile(since=timezone.now() - LONG_AGO, repair=False)
    for record in sold:
        stripe.state.save(record)
    reported = {each["session"] for each in found.discrepancies}
    assert reported == {record["id"] for record in sold}


def _falsified(record: Record, name: str) -> Record:
    """A session that differs in one thing. Amounts go up by one minor unit."""
    if name in OTHERS:
        return {**record, name: OTHERS[name]}
    if name in PARTS:
        details = record["total_details"]
        return {
            **record,
            "total_details": {**details, f"amount_{name}": details[f"amount_{name}"] + 1},
        }
    return {**record, f"amount_{name}": record[f"amount_{name}"] + 1}
