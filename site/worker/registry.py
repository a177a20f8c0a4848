"""The periodic jobs, registered by `@job` in each app's `jobs.py`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

Work = Callable[[], None]


@dataclass(frozen=True)
class Job:
    """A function to call periodically.

    `every` is the time from the end of one run to the start of the next. A job `at_start` is also
    due when a worker starts, unless another worker has begun it since or it succeeded within the
    last three minutes.
    """

    name: str
    every: timedelta
    function: Work
    at_start: bool = False


_jobs: dict[str, Job] = {}


def job(name: str, *, every: timedelta, at_start: bool = False) -> Callable[[Work], Work]:
    """Register the decorated function under `name`. Raises ValueError if the name is taken.

    The function must be correct if it runs twice, runs concurrently or is killed halfway: leases
    only save work.
    """

    def register(function: Work) -> Work:
        if name in _jobs:
            raise ValueError(f"There are two jobs called {name!r}.")
        _jobs[name] = Job(name, every, function, at_start)
        return function

    return register


def all_jobs() -> list[Job]:
    """Return every job, sorted by name."""
    return sorted(_jobs.values(), key=lambda job: job.name)


def find(name: str) -> Job:
    """Return the job called `name`. Raises LookupError."""
    try:
        return _jobs[name]
    except KeyError:
        raise LookupError(f"There is no job called {name!r}.") from None
