"""Publishes and unpublishes pages at their scheduled time.

Wagtail's own command deletes the schedule before it saves the page, so a page that is not valid any
more (its slug is taken by now) would never go live, and nobody would know.
"""

import logging
from collections.abc import Callable
from functools import partial

from django.core.exceptions import ValidationError
from django.db import OperationalError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import Page, Revision

from alerts.raising import open_subjects, raise_alert, resolve_alert
from products.alerts import SCHEDULE_FAILED

logger = logging.getLogger(__name__)


def publish_scheduled() -> None:
    """Make every change whose time has come, one transaction each.

    A change that fails is tried again at the next call, and there is an alert until it succeeds or
    is no longer scheduled. The others are not affected.
    """
    failed = {str(page.pk) for page, change in changes_due() if not succeeds(page, change)}
    for subject in set(open_subjects(SCHEDULE_FAILED)) - failed:
        resolve_alert(SCHEDULE_FAILED, subject=subject)


def changes_due() -> list[tuple[Page, Callable[[], None]]]:
    """The pages to unpublish, then the revisions to publish, in the order of their times."""
    now = timezone.now()
    expired = Page.objects.filter(live=True, expire_at__lt=now).order_by("expire_at")
    revisions = Revision.page_revisions.filter(approved_go_live_at__lt=now)
    return [
        *((page, partial(unpublish, page)) for page in expired),
        *(
            (revision.content_object, partial(publish, revision))
            for revision in revisions.order_by("approved_go_live_at")
        ),
    ]


def publish(revision: Revision) -> None:
    """Publish a revision; it is written to the page's history as scheduled."""
    revision.publish(log_action="wagtail.publish.scheduled")


def unpublish(page: Page) -> None:
    """Unpublish a page that has expired."""
    page.unpublish(set_expired=True, log_action="wagtail.unpublish.scheduled")


def succeeds(page: Page, change: Callable[[], None]) -> bool:
    """Make one change. If it fails, the schedule is kept, and an alert is raised."""
    try:
        with transaction.atomic():
            change()
    except OperationalError:
        raise  # the database does not answer: the whole job fails, and is tried again
    except ValidationError as error:
        report(page, " ".join(error.messages))
        return False
    except Exception as error:
        logger.exception("The scheduled change of page %s failed.", page.pk)
        report(page, f"{type(error).__name__}: {error}")
        return False
    return True


def report(page: Page, reason: str) -> None:
    """Raise the alert about a scheduled change that failed."""
    values = {"page": page.get_admin_display_title(), "reason": reason}
    raise_alert(
        SCHEDULE_FAILED,
        _("The scheduled change of the page “%(page)s” could not be made: %(reason)s") % values,
        subject=page.pk,
        url=reverse("wagtailadmin_pages:edit", args=[page.pk]),
    )
