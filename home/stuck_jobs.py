"""Jobs of the worker that fail and fail call a person: nobody reads logs."""

from django.template.defaultfilters import date
from django.urls import reverse
from django.utils.timezone import localtime

from attention import causes
from worker.models import JobRun


def tell() -> None:
    """Open attention for each job that is stuck, and resolve it for the others."""
    for run in JobRun.objects.all():
        cause = f"job-failing:{run.name}"
        if run.is_stuck:
            causes.open(cause, _sentence(run), url=reverse("jobs"))
        else:
            causes.resolve(cause)


def _sentence(run: JobRun) -> str:
    since = f"since {date(localtime(run.succeeded_at), 'j M Y, H:i')}" if run.succeeded_at else "so far"
    return f"{run.name} has not succeeded {since}: {run.last_error if run.failures else 'one run takes all this time.'}"
