"""Alerts: what staff should look at, from the moment it was noticed until it is resolved."""

import hashlib

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from alerts.registry import SEPARATOR, AlertKind, Severity, all_kinds, kind_of

# Longer texts are truncated, see raising.py.
KEY_LENGTH = 500
MESSAGE_LENGTH = 2000
URL_LENGTH = 2000


class AlertQuerySet(models.QuerySet["Alert"]):
    """Queries for alerts."""

    def open(self) -> "AlertQuerySet":
        """Alerts that are not resolved, last seen first."""
        return self.filter(resolved_at=None).order_by("-seen_at", "-pk")

    def about(self, key: str) -> "AlertQuerySet":
        """All alerts with one key, open or resolved, newest first."""
        return self.filter(key=key).order_by("-opened_at", "-pk")

    def with_severity(self, severity: str) -> "AlertQuerySet":
        """Alerts of the kinds that have this severity."""
        found = models.Q(pk=None)
        for kind in all_kinds():
            if kind.severity == severity:
                found |= models.Q(key=kind.key) | models.Q(key__startswith=kind.key + SEPARATOR)
        return self.filter(found)


class Alert(models.Model):
    """One alert. If the same problem comes back after it was resolved, that is a new row."""

    key = models.CharField(
        _("key"),
        max_length=KEY_LENGTH,
        help_text=_(
            "What the alert is about: its kind and its subject, as in event-failing:evt_1."
        ),
    )
    message = models.CharField(
        _("message"), max_length=MESSAGE_LENGTH, help_text=_("What is wrong, in a sentence.")
    )
    url = models.CharField(
        _("URL"),
        max_length=URL_LENGTH,
        blank=True,
        help_text=_("The page that shows the problem; empty for the screen of its kind."),
    )
    times = models.PositiveIntegerField(
        _("times"), default=1, help_text=_("How often it was noticed.")
    )
    opened_at = models.DateTimeField(_("opened"), db_default=Now())
    seen_at = models.DateTimeField(_("last seen"), db_default=Now())
    resolved_at = models.DateTimeField(_("resolved"), null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("resolved by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    note = models.TextField(
        _("note"),
        blank=True,
        db_default="",
        help_text=_("By the person who resolved it; empty if it was resolved automatically."),
    )

    objects = AlertQuerySet.as_manager()

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        # The change permission allows resolving; nothing else can be changed.
        default_permissions = ("view", "change")
        constraints = [
            models.UniqueConstraint(
                fields=["key"],
                condition=models.Q(resolved_at=None),
                name="alerts_one_open_row_per_key",
            )
        ]
        indexes = [models.Index(fields=["key"], name="alerts_by_key")]

    def __str__(self) -> str:
        return self.message

    @property
    def kind(self) -> AlertKind | None:
        """The kind of this alert; None if another version of the shop raised it."""
        return kind_of(self.key)

    @property
    def title(self) -> str | Promise:
        """What has happened, in a few words."""
        return self.kind.title if self.kind else self.message

    @property
    def severity(self) -> str:
        """The severity as text; empty if the kind is unknown."""
        return str(Severity(self.kind.severity).label) if self.kind else ""

    @property
    def link(self) -> str:
        """Return `url` if a browser may follow it, else an empty text: never a javascript: URL."""
        return self.url if self.url.startswith(("/", "https://", "http://")) else ""

    @property
    def screen(self) -> str:
        """The address where staff see the problem: the alert's own, else that of its kind."""
        return self.link or (self.kind.admin_url if self.kind else "")

    @property
    def edition(self) -> str:
        """Identifies the message: it may change while somebody reads it."""
        return hashlib.sha256(self.message.encode()).hexdigest()[:16]

    @property
    def state(self) -> str:
        """Return open or resolved, for code."""
        return "resolved" if self.resolved_at else "open"

    @property
    def state_text(self) -> str:
        """The state for staff."""
        if self.resolved_at:
            return pgettext("state of an alert", "resolved")
        return pgettext("state of an alert", "open")

    @property
    def is_critical(self) -> bool:
        """Whether somebody should look at it today."""
        return self.kind is not None and self.kind.severity == Severity.CRITICAL

    @property
    def resolver(self) -> str:
        """Return who resolved it: an email address, `a former user` or `automatically`; empty while
        it is open.
        """
        if self.resolved_at is None:
            return ""
        if not self.note:
            return str(_("automatically"))
        return str(self.resolved_by or _("a former user"))
