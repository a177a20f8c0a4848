"""The email to staff about new alerts, at most one an hour."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from alerts.models import Alert
from mail.models import Message
from mail.outbox import enqueue
from mail.registry import Content, Link, Paragraph, Rows, declare
from shop_settings.models import ShopSettings

PAUSE = timedelta(hours=1)  # between two emails to the same address
SHOWN = 50  # alerts in an email; the others are on the screen that it links to


def new_alerts(data: Mapping[str, Any]) -> Content | None:
    """The email about those alerts that are still open; None if all have been resolved."""
    alerts = Alert.objects.open().filter(pk__in=data["alerts"])
    return about([(str(alert.title), alert.message) for alert in alerts]) if alerts else None


def about(rows: list[tuple[str, str]]) -> Content:
    """The email about some alerts: title and message of each."""
    subject = ngettext("%(count)s new alert", "%(count)s new alerts", len(rows))
    link = Link(_("Show open alerts"), urljoin(settings.SITE_URL, reverse("alerts_admin:index")))
    ask = Paragraph(_("Please look at this:"))
    return Content(subject % {"count": len(rows)}, (ask, Rows(tuple(rows[:SHOWN])), link))


NEW_ALERTS = declare(
    "staff-alerts",
    gettext_lazy("New alerts, to staff"),
    new_alerts,
    lambda: about([(_("A product is running low"), _("Brass lamp: 3 left."))]),
)


def email_staff() -> None:
    """Write an email about the alerts that were opened since the last one, to each address."""
    shop = ShopSettings.current()
    for address in shop.staff_addresses if shop.alert_emails else ():
        sent = Message.objects.filter(kind=NEW_ALERTS.key, recipient=address)
        last = sent.order_by("-created_at").first()
        if last is None or last.created_at <= timezone.now() - PAUSE:
            write_email(address, last)


def write_email(address: str, last: Message | None) -> None:
    """Write the email to one address, if there is a new alert. `last` is the one before."""
    alerts = Alert.objects.open()
    if last:
        alerts = alerts.filter(opened_at__gt=last.created_at)
    keys = list(alerts.values_list("pk", flat=True))
    if keys:
        enqueue(
            NEW_ALERTS,
            subject_key=f"alert:{max(keys)}",
            recipient=address,
            language=settings.LANGUAGE_CODE,
            data={"alerts": keys},
        )
