"""Columns of the shop's lists in the admin."""

from typing import Any

from wagtail.admin.ui.tables import Column, TitleColumn

from admin_base.times import EMPTY, short_time

# On a narrow screen Wagtail breaks titles after every few letters.
UNBROKEN = "w-whitespace-nowrap"


class MomentColumn(Column):
    """A time to the minute: Wagtail's own column shows every future time as "just now"."""

    def get_value(self, instance: Any) -> str:
        """Return the time as text."""
        return short_time(super().get_value(instance))


class MomentTitleColumn(TitleColumn):
    """A time that leads to the page of its row."""

    def get_value(self, instance: Any) -> str:
        """Return the time as text."""
        return short_time(super().get_value(instance))


def shortened(text: str | None) -> str:
    """Return the beginning of a long id that the row's page shows in full, or a dash."""
    return f"{text[:16]}…" if text else EMPTY
