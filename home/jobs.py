"""The one job about all others."""

from datetime import timedelta

from home import stuck_jobs
from worker.registry import job


@job("tell_of_stuck_jobs", every=timedelta(minutes=5))
def tell_of_stuck_jobs() -> None:
    """Call a person where a job fails and fails."""
    stuck_jobs.tell()
