"""Times as the admin shows them: in the shop's time zone, or the one that a user has chosen."""

from datetime import datetime

from django.template.defaultfilters import date
from django.utils.timezone import localtime

EMPTY = "–"


def short_time(time: datetime | None) -> str:
    """Return a time such as `24 Nov 2026, 04:47`, or a dash for None."""
    return date(localtime(time), "SHORT_DATETIME_FORMAT") if time else EMPTY


def exact_time(time: datetime | None) -> str:
    """Return a time such as `24 Nov 2026, 04:47:09 IST`, or a dash for None."""
    if time is None:
        return EMPTY
    local = localtime(time)
    return f"{date(local, 'SHORT_DATE_FORMAT')}, {date(local, 'H:i:s T')}"
