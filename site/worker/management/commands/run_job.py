"""`manage.py run_job [NAME]`: run one job now, or list them."""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.timezone import localtime

from worker.checked_command import CheckedCommand
from worker.models import JobRun
from worker.registry import all_jobs, find
from worker.runs import run


class Command(CheckedCommand):
    """Ignores leases and intervals: a job is correct at any time, even while a worker runs it."""

    help = "Run one job now. Without a name, list the jobs and when each last succeeded."

    def add_arguments(self, parser: CommandParser) -> None:
        """Accept the name of a job."""
        parser.add_argument("name", nargs="?")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the job, or list all.

        Raises CommandError for an unknown name, and the exception of the job.
        """
        if options["name"] is None:
            self._list()
            return
        try:
            job = find(options["name"])
        except LookupError as error:
            names = ", ".join(job.name for job in all_jobs())
            raise CommandError(f"{error} The jobs are: {names}.") from error
        JobRun.objects.start(job)
        run(job)

    def _list(self) -> None:
        rows = JobRun.objects.in_bulk()
        for job in all_jobs():
            self.stdout.write(f"{job.name}: every {job.every}, {_state(rows.get(job.name))}")


def _state(row: JobRun | None) -> str:
    if row is None or row.succeeded_at is None:
        success = "never succeeded"
    else:
        success = f"last success {localtime(row.succeeded_at):%Y-%m-%d %H:%M:%S}"
    return f"{success}, last error {row.last_error}" if row and row.last_error else success
