"""One run of a job, written down."""

from django.db import close_old_connections

from worker.models import JobRun
from worker.registry import Job


def run(job: Job) -> None:
    """Run `job` in this thread and write down how it went. Raises what the job raised."""
    try:
        job.function()
    except (Exception, SystemExit) as error:  # a management command may mean to end its process
        close_old_connections()  # the error may have been the loss of the connection
        JobRun.objects.failed(job, error)
        raise
    JobRun.objects.succeeded(job)
