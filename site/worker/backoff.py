"""The pause before the next attempt at something that keeps failing."""

from datetime import timedelta

MOST_DOUBLINGS = 20  # keeps the product within what a timedelta holds, whatever `failures` is


def pause_after(failures: int, *, first: timedelta, longest: timedelta) -> timedelta:
    """Return how long to wait after this many failures in a row.

    `first` after one failure, twice as long after each further one, and never more than `longest`.
    """
    doublings = min(max(failures - 1, 0), MOST_DOUBLINGS)
    return min(first * 2**doublings, longest)
