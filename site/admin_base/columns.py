"""Columns of the till's lists."""

from typing import Any

from django.template.defaultfilters import date
from django.utils.timezone import localtime
from wagtail.admin.ui.tables import Column, TitleColumn

# On a narrow screen Wagtail breaks titles after every few letters.
UNBROKEN = "w-whitespace-nowrap"


class MomentColumn(Column):
    """A time to the minute: Wagtail's own column calls every moment to come "just now"."""

    def get_value(self, instance: Any) -> str:
        """The time as text."""
        return moment(super().get_value(instance))


class MomentTitleColumn(TitleColumn):
    """The time that a row is known by."""

    def get_value(self, instance: Any) -> str:
        """The time as text."""
        return moment(super().get_value(instance))


def moment(time: Any) -> str:
    """Return such as `24 Nov 2026, 04:47`, or a dash."""
    return date(localtime(time), "j M Y, H:i") if time else "–"


def shortened(text: str | None) -> str:
    """Return the beginning of a long id that stands in full on the row's page, or a dash."""
    return f"{text[:16]}…" if text else "–"
