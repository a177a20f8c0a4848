"""A job that watches the other jobs: nobody reads logs."""

from datetime import timedelta

from django.template.defaultfilters import date
from django.urls import reverse
from django.utils.timezone import localtime

from alerts.raising import raise_alert, resolve_alert
from worker.models import JobRun
from worker.registry import job


@job("check_jobs", every=timedelta(minutes=5))
def check_jobs() -> None:
    """Raise an alert for each job that keeps failing or hangs, and resolve it for the others."""
    for run in JobRun.objects.all():
        key = f"job-failing:{run.name}"
        if run.is_stuck:
            raise_alert(key, describe(run), url=reverse("jobs"))
        else:
            resolve_alert(key)


def describe(run: JobRun) -> str:
    """What is wrong with a stuck job, in a sentence."""
    since = (
        f"since {date(localtime(run.succeeded_at), 'j M Y, H:i')}" if run.succeeded_at else "yet"
    )
    error = run.last_error if run.failures else "one run has not ended for an hour."
    return f"The job {run.name} has not succeeded {since}: {error}"
