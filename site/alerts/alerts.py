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

MAIL_FAILING = declare(
    "mail-failing",
    title=_("Emails are not being sent"),
    severity=Severity.CRITICAL,
    meaning=_(
        "Emails have been waiting for an hour. The worker tries again, and none is lost, but"
        " shoppers wait for their confirmations."
    ),
    what_to_do=_(
        "Read the error in the message. Ask the person who runs the server to check the mail server"
        " and EMAIL_URL. The alert is resolved when the emails have been sent."
    ),
    admin_link="mail_admin:index",
)
MAIL_FAILED = declare(
    "mail-failed",
    title=_("An email could not be delivered"),
    severity=Severity.WARNING,
    meaning=_("The mail server refused the recipient, or ten attempts have failed."),
    what_to_do=_(
        "Read the error on the email's page. If the address is wrong, contact the shopper in"
        " another way. Send the email again there, or resolve this alert with a note."
    ),
    admin_link="mail_admin:index",
    stays_resolved=True,
)
