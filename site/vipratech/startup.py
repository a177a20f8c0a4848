"""What gunicorn and `make run` check before they start the shop."""

import logging

import django
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections

logger = logging.getLogger(__name__)


def refuse_to_start_if_misconfigured() -> None:
    """Run the checks in a server process. Raises SystemExit if the shop must not start."""
    try:
        django.setup()
        from vipratech import site_record  # it imports models

        refuse_failed_checks()
        # The checks pass if the database does not answer.
        connections["default"].ensure_connection()
        site_record.update_site_record()  # SITE_URL may have changed since `migrate`
    except ImproperlyConfigured as problem:
        raise SystemExit(f"The shop cannot start: {problem}") from None
    except DatabaseError as problem:
        reason = f"the database does not answer: {problem}"
        raise SystemExit(f"The shop cannot start: {reason}") from None
    connections.close_all()  # workers are forked from this process


def refuse_failed_checks() -> None:
    """Run the system checks, those of the database included. Raises ImproperlyConfigured.

    Warnings are logged.
    """
    found = checks.run_checks(databases=["default"])
    messages = [message for message in found if not message.is_silenced()]
    for warning in [message for message in messages if not message.is_serious()]:
        logger.warning(sentence(warning))
    if failed := [sentence(message) for message in messages if message.is_serious()]:
        raise ImproperlyConfigured("\n".join(failed))


def sentence(message: checks.CheckMessage) -> str:
    """The message, what to do about it, and the id of the check."""
    return " ".join([message.msg, *filter(None, [message.hint]), f"({message.id})"])
