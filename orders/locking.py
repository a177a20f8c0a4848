"""Transactions that take locks, and what to do when PostgreSQL breaks a deadlock.

The lock order everywhere is: user (buying only), checkouts by id, Stripe prices by id, order,
refunds. Products are locked by the history of their prices only, which editors' own transactions
write in whatever order they publish.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, transaction

P = ParamSpec("P")
R = TypeVar("R")

TRIES = 3
_WORTH_ANOTHER_TRY = {"40P01", "40001"}  # deadlock_detected, serialization_failure


def atomic_with_retries(function: Callable[P, R]) -> Callable[P, R]:
    """Run the function in a transaction, again from the start when PostgreSQL chose it to break a
    deadlock.
    """

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        for remaining in reversed(range(TRIES)):
            try:
                with transaction.atomic():
                    return function(*args, **kwargs)
            except OperationalError as error:
                if (
                    not remaining
                    or getattr(error.__cause__, "pgcode", None) not in _WORTH_ANOTHER_TRY
                ):
                    raise
        raise AssertionError("unreachable: the last try returns or raises")

    return run
