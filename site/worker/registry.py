"""What there is to do, and how often: filled by `@job` in each app's `jobs.py`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

Work = Callable[[], None]


@dataclass(frozen=True)
class Job:
    """A function to call again and again. `every` is counted from the end of one run to the start of the next.

    A job `at_start` is due at once, too, when a worker starts, unless another worker began it since; after a success of
    the last three minutes it waits until they are over.
    """

    name: str
    every: timedelta
    function: Work
    at_start: bool = False


_jobs: dict[str, Job] = {}


def job(name: str, *, every: timedelta, at_start: bool = False) -> Callable[[Work], Work]:
    """Register the decorated function under `name`. Raises ValueError if the name is taken.

    The function must be right when it runs twice, twice at once, or is killed half-way: leases only save work.
    """

    def register(function: Work) -> Work:
        if name in _jobs:
            raise ValueError(f"Two jobs are called {name!r}.")
        _jobs[name] = Job(name, every, function, at_start)
        return function

    return register


def all_jobs() -> list[Job]:
    """Return every job, by name."""
    return sorted(_jobs.values(), key=lambda job: job.name)


def find(name: str) -> Job:
    """Return the job called `name`. Raises LookupError."""
    try:
        return _jobs[name]
    except KeyError:
        raise LookupError(f"No job is called {name!r}.") from None
