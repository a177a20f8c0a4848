"""Jobs that watch the other jobs and the outbox and raise alerts, because failures would otherwise
only be logged.
"""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from admin_base.times import short_time
from alerts import emails
from alerts.alerts import JOB_FAILING, MAIL_FAILED, MAIL_FAILING
from alerts.raising import raise_alert, resolve_alert
from mail.models import Message
from mail.policy import FAILING_AFTER
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
    """A sentence about what is wrong with a stuck job."""
    error = run.last_error if run.failures else _("one run has not ended for an hour.")
    values = {
        "job": run.name,
        "error": error,
        "time": short_time(run.succeeded_at),
    }
    if run.succeeded_at:
        return _("The job %(job)s has not succeeded since %(time)s: %(error)s") % values
    return _("The job %(job)s has not succeeded yet: %(error)s") % values


@job("email_alerts", every=timedelta(minutes=5))
def email_alerts() -> None:
    """Write an email about new alerts to staff."""
    emails.email_staff()


@job("check_mail", every=timedelta(minutes=5))
def check_mail() -> None:
    """Raise alerts about emails that wait too long, and about each that has failed."""
    overdue = Message.objects.overdue(FAILING_AFTER)
    oldest = overdue.exclude(error="").order_by("created_at").first()
    if oldest:
        count = overdue.count()
        text = ngettext(
            "%(count)s email is waiting: %(error)s",
            "%(count)s emails are waiting: %(error)s",
            count,
        )
        values = {"count": count, "error": oldest.error}
        raise_alert(MAIL_FAILING, text % values, url=reverse("mail_admin:index"))
    else:
        resolve_alert(MAIL_FAILING)
    recent = timezone.now() - timedelta(days=7)
    for message in Message.objects.filter(status=Message.Status.FAILED, created_at__gt=recent):
        text = _("%(message)s: %(error)s")
        url = reverse("mail_admin:inspect", args=[message.pk])
        values = {"message": str(message), "error": message.error}
        raise_alert(MAIL_FAILED, text % values, subject=message.pk, url=url)
