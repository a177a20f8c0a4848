"""The kinds of alerts. Each app declares its own in `alerts.py`; docs/operators.md lists all."""

from dataclasses import dataclass

from django.db.models import TextChoices
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SEPARATOR = ":"  # between the key of a kind and the subject of an alert


class Severity(TextChoices):
    """How soon somebody should look at an alert."""

    CRITICAL = "critical", _("Critical")  # sales or payments are affected: today
    WARNING = "warning", _("Warning")  # within a few days


@dataclass(frozen=True)
class AlertKind:
    """What all alerts of one kind have in common, in words for a shop owner.

    `admin_link` is the URL name of the screen that shows the problem, for alerts without a URL of
    their own. With `stays_resolved`, an alert that staff have resolved is not raised again: it is
    about a fact that stays true, not about a condition that comes and goes.
    """

    key: str
    title: str | Promise
    severity: Severity
    meaning: str | Promise
    what_to_do: str | Promise
    admin_link: str
    stays_resolved: bool = False

    def key_for(self, subject: object = "") -> str:
        """Return the key of an alert about `subject`, such as `event-failing:evt_1`."""
        return f"{self.key}{SEPARATOR}{subject}" if subject != "" else self.key

    @property
    def admin_url(self) -> str:
        """The address of the screen that shows the problem."""
        return reverse(self.admin_link)


_kinds: dict[str, AlertKind] = {}


def declare(
    key: str,
    *,
    title: str | Promise,
    severity: Severity,
    meaning: str | Promise,
    what_to_do: str | Promise,
    admin_link: str,
    stays_resolved: bool = False,
) -> AlertKind:
    """Register a kind of alert and return it. Raises ValueError if the key is taken or unusable."""
    if key in _kinds or not key or SEPARATOR in key:
        raise ValueError(f"The alert key {key!r} is already declared or cannot be used.")
    _kinds[key] = AlertKind(key, title, severity, meaning, what_to_do, admin_link, stays_resolved)
    return _kinds[key]


def all_kinds() -> list[AlertKind]:
    """Return every declared kind, sorted by key."""
    return sorted(_kinds.values(), key=lambda kind: kind.key)


def kind_of(key: str) -> AlertKind | None:
    """Return the kind of an alert with this key; None if this version does not declare it."""
    return _kinds.get(key.partition(SEPARATOR)[0])
