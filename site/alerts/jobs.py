"""A job that watches the other jobs: nobody reads logs."""

from datetime import timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from admin_base.times import moment
from alerts.alerts import JOB_FAILING
from alerts.raising import raise_alert, resolve_alert
from worker.models import JobRun
from worker.registry import job


@job("check_jobs", every=timedelta(minutes=5))
def check_jobs() -> None:
    """Raise an alert for each job that keeps failing or hangs, and resolve it for the others."""
    for run in JobRun.objects.all():
        if run.is_stuck:
            raise_alert(JOB_FAILING, describe(run), subject=run.name, url=reverse("jobs"))
        else:
            resolve_alert(JOB_FAILING, subject=run.name)


def describe(run: JobRun) -> str:
    """What is wrong with a stuck job, in a sentence."""
    error = run.last_error if run.failures else _("one run has not ended for an hour.")
    values = {
        "job": run.name,
        "error": error,
        "time": moment(run.succeeded_at),
    }
    if run.succeeded_at:
        return _("The job %(job)s has not succeeded since %(time)s: %(error)s") % values
    return _("The job %(job)s has not succeeded yet: %(error)s") % values
