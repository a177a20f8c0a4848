"""Runs a job and records the result."""

from django.db import close_old_connections

from worker.models import JobRun
from worker.registry import Job


def run(job: Job) -> None:
    """Run `job` in this thread and record the result. Raises what the job raised."""
    try:
        job.function()
    except (Exception, SystemExit) as error:  # a management command may call sys.exit()
        close_old_connections()  # the connection may be what failed
        JobRun.objects.failed(job, error)
        raise
    JobRun.objects.succeeded(job)
