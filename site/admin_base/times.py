"""Times as the admin shows them: in the shop's time zone, or the one that a user has chosen."""

from datetime import datetime

from django.template.defaultfilters import date
from django.utils.timezone import localtime

EMPTY = "–"


def moment(time: datetime | None) -> str:
    """Return a time such as `24 Nov 2026, 04:47`, or a dash for None."""
    return date(localtime(time), "j M Y, H:i") if time else EMPTY


def exact_moment(time: datetime | None) -> str:
    """Return a time such as `24 Nov 2026, 04:47:09 IST`, or a dash for None."""
    return date(localtime(time), "j M Y, H:i:s T") if time else EMPTY
