"""The alerts about the worker's jobs."""

from django.utils.translation import gettext_lazy as _

from alerts.registry import Severity, declare

JOB_FAILING = declare(
    "job-failing",
    title=_("A job keeps failing"),
    severity=Severity.CRITICAL,
    meaning=_("One of the worker's jobs has not succeeded for an hour."),
    what_to_do=_(
        "Read the error in the message. If Stripe or the database could not be reached, wait: the"
        " worker tries again, and the alert is resolved when the job succeeds. If the error stays"
        " the same, send it to the person who runs the server."
    ),
    admin_link="jobs",
)
