"""`manage.py run_job [NAME]`: run one job now, or list them."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from admin_base.times import exact_time
from worker.checked_command import CheckedCommand
from worker.models import JobRun
from worker.registry import all_jobs, find
from worker.runs import run


class Command(CheckedCommand):
    """Ignores leases and intervals: a job is correct at any time, even while a worker runs it."""

    help = "Run one job now. Without a name, list the jobs with their last success."

    def add_arguments(self, parser: CommandParser) -> None:
        """Accept the name of a job."""
        parser.add_argument("name", nargs="?")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the job, or list all.

        Raises CommandError for an unknown name, and the exception of the job.
        """
        if options["name"] is None:
            self.list_jobs()
            return
        try:
            job = find(options["name"])
        except LookupError as error:
            names = ", ".join(job.name for job in all_jobs())
            raise CommandError(f"{error} The jobs are: {names}.") from error
        JobRun.objects.start(job)
        run(job)

    def list_jobs(self) -> None:
        """Print a line per job: its interval, last success and last error."""
        rows = JobRun.objects.in_bulk()
        for job in all_jobs():
            row = rows.get(job.name)
            succeeded_at = row.succeeded_at if row else None
            success = (
                f"last success {exact_time(succeeded_at)}" if succeeded_at else "no success yet"
            )
            error = f", last error: {row.last_error}" if row and row.last_error else ""
            self.stdout.write(f"{job.name}: every {job.every}, {success}{error}")
