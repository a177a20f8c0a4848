"""Raise and resolve alerts.

An alert is identified by its kind (see registry.py) and its subject: what it is about, such as the
id of an event. The subject must be the same each time.
"""

from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now

from alerts.models import KEY_LENGTH, MESSAGE_LENGTH, URL_LENGTH, Alert
from alerts.registry import SEPARATOR, AlertKind, kind_of
from text import storable

# Django cannot name a partial index in ON CONFLICT. One statement is atomic in any transaction,
# also while another process raises the same alert.
RAISE = """
    INSERT INTO alerts_alert AS known (key, message, url, times) VALUES (%s, %s, %s, 1)
    ON CONFLICT (key) WHERE resolved_at IS NULL
    DO UPDATE SET message = EXCLUDED.message, url = EXCLUDED.url,
                  times = known.times + 1, seen_at = STATEMENT_TIMESTAMP()
"""


def raise_alert(kind: AlertKind, message: str, *, subject: object = "", url: str = "") -> None:
    """Raise an alert, or update its open row.

    Accepts any text. Part of the caller's transaction: it is undone with it, and others who raise
    or resolve the same alert wait until it ends. Raises ValueError if the kind is not declared.
    """
    if kind_of(kind.key) is not kind:
        raise ValueError(f"Alerts of the kind {kind.key!r} are not declared in an alerts.py.")
    key = stored_key(kind, subject)
    with transaction.atomic(), connection.cursor() as cursor:
        if kind.stays_resolved and was_resolved_by_staff(key):
            return
        cursor.execute(RAISE, [key, storable(message, MESSAGE_LENGTH), storable(url, URL_LENGTH)])


def was_resolved_by_staff(key: str) -> bool:
    """Whether somebody has resolved an alert with this key, with a note."""
    rows = Alert.objects.about(key)
    # Waits for anybody who is resolving the open row at this moment; the next query sees the note.
    list(rows.filter(resolved_at=None).select_for_update())
    return rows.exclude(note="").exists()


def resolve_alert(kind: AlertKind, *, subject: object = "") -> bool:
    """Resolve an alert whose problem has gone away. Returns whether it was open."""
    rows = Alert.objects.open().filter(key=stored_key(kind, subject))
    return bool(rows.order_by().update(resolved_at=Now()))


def resolve_by_staff(row: Alert, user: Any, note: str) -> bool:
    """Resolve one row with a note. Returns whether it was still open with the same message.

    The note is never empty. It is about the message that its author read, not about one that
    arrived since.
    """
    rows = Alert.objects.filter(pk=row.pk, resolved_at=None, message=row.message)
    return bool(rows.update(resolved_at=Now(), resolved_by=user, note=note))


def is_open(kind: AlertKind, *, subject: object = "") -> bool:
    """Whether there is an open alert about this subject."""
    return Alert.objects.open().filter(key=stored_key(kind, subject)).exists()


def open_subjects(kind: AlertKind) -> list[str]:
    """Return the subjects of the open alerts of a kind, sorted."""
    prefix = kind.key + SEPARATOR
    rows = Alert.objects.open().filter(key__startswith=prefix).order_by("key")
    return [key.removeprefix(prefix) for key in rows.values_list("key", flat=True)]


def stored_key(kind: AlertKind, subject: object) -> str:
    """Return the key of an alert as the database stores it."""
    return storable(kind.key_for(subject), KEY_LENGTH)
