"""Rejects dates that nobody means, such as the year 1."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

# Python cannot read every date back that PostgreSQL stores: in time zones east of Greenwich, the
# first of January of the year 1 began before Christ.
FIRST_YEAR, LAST_YEAR = 2000, 2199


def reject_unlikely_dates(row: models.Model, *fields: str) -> None:
    """Raise ValidationError with a message for each of these fields with a date before 2000 or
    after 2199.

    For a model's `clean`, which forms call, and pages whenever they are saved.
    """
    moments = {name: getattr(row, name) for name in fields}
    text = _("Enter a date from %(first)s to %(last)s.")
    message = text % {"first": FIRST_YEAR, "last": LAST_YEAR}
    errors = {
        name: message
        for name, moment in moments.items()
        if moment and not FIRST_YEAR <= moment.year <= LAST_YEAR
    }
    if errors:
        raise ValidationError(errors)
