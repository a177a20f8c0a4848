"""Raise and resolve alerts. A key is a short text such as `amount-differs:<session>`, the same each
time.

An alert is about a condition that comes and goes (a product that could not be synced), or about
something that stays true after staff have dealt with it (an amount that differed): the latter stay
resolved.
"""

from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now

from alerts.models import KEY_LENGTH, MESSAGE_LENGTH, URL_LENGTH, Alert
from text import storable

# Django cannot name a partial index in ON CONFLICT. One statement is atomic in any transaction,
# also while another process raises the same alert.
RAISE = """
    INSERT INTO alerts_alert AS known (key, message, url, times) VALUES (%s, %s, %s, 1)
    ON CONFLICT (key) WHERE resolved_at IS NULL
    DO UPDATE SET message = EXCLUDED.message, url = EXCLUDED.url,
                  times = known.times + 1, seen_at = STATEMENT_TIMESTAMP()
"""


def raise_alert(key: str, message: str, *, url: str = "", stays_resolved: bool = False) -> None:
    """Raise an alert, or update its open row. With `stays_resolved`, one that staff have resolved
    is not raised again.

    Accepts any text. Part of the caller's transaction: it is undone with it, and others who raise
    or resolve the same key wait until it ends.
    """
    stored = [
        storable(key, KEY_LENGTH),
        storable(message, MESSAGE_LENGTH),
        storable(url, URL_LENGTH),
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        if stays_resolved and was_resolved_by_staff(stored[0]):
            return
        cursor.execute(RAISE, stored)


def was_resolved_by_staff(key: str) -> bool:
    """Whether somebody has resolved an alert with this key, with a note."""
    rows = Alert.objects.about(key)
    # Waits for anybody who is resolving the open row at this moment; the next query sees the note.
    list(rows.filter(resolved_at=None).select_for_update())
    return rows.exclude(note="").exists()


def resolve_alert(key: str) -> bool:
    """Resolve an alert whose condition has gone. Returns whether it was open."""
    rows = Alert.objects.filter(key=storable(key, KEY_LENGTH), resolved_at=None)
    return bool(rows.update(resolved_at=Now()))


def resolve_by_staff(row: Alert, user: Any, note: str) -> bool:
    """Resolve one row with a note. Returns whether it was still open with the same message.

    The note is never empty. It is about the message that its author read, not about one that
    arrived since.
    """
    rows = Alert.objects.filter(pk=row.pk, resolved_at=None, message=row.message)
    return bool(rows.update(resolved_at=Now(), resolved_by=user, note=note))


def open_keys(prefix: str) -> list[str]:
    """Return the keys of open alerts that start with `prefix`, sorted."""
    rows = Alert.objects.filter(key__startswith=storable(prefix, KEY_LENGTH), resolved_at=None)
    return list(rows.order_by("key").values_list("key", flat=True))
