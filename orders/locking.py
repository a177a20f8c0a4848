"""Transactions that take locks, and what to do when PostgreSQL breaks a deadlock.

The lock order everywhere is: user (when buying and erasing), checkouts by id, Stripe prices by id,
order, refunds, stock rows by product id. Products are locked only by the history of their prices,
because editors' transactions publish pages in any order.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, transaction

P = ParamSpec("P")
R = TypeVar("R")

ATTEMPTS = 3
_RETRIED = {"40P01", "40001"}  # deadlock_detected, serialization_failure


def atomic_with_retries(function: Callable[P, R]) -> Callable[P, R]:
    """Run the function in a transaction, and start again if PostgreSQL aborted it to break a
    deadlock.
    """

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        for remaining in reversed(range(ATTEMPTS)):
            try:
                with transaction.atomic():
                    return function(*args, **kwargs)
            except OperationalError as error:
                if not remaining or getattr(error.__cause__, "pgcode", None) not in _RETRIED:
                    raise
        raise AssertionError("unreachable: the last attempt returns or raises")

    return run
