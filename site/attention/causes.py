"""Open and resolve. A cause is a short text such as `amount-differs:<order>`, the same each time it is noticed.

A cause is a condition, which may come and go (a product that cannot be pushed), or a fact, which stays true after a
person has dealt with it (an amount that differed).
"""

from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now

from attention.models import CAUSE_LENGTH, MESSAGE_LENGTH, URL_LENGTH, Attention

# Django cannot name a partial index in ON CONFLICT. One statement: right in any transaction, whoever else opens it now.
_OPEN = """
    INSERT INTO attention_attention AS known (cause, message, url, times) VALUES (%s, %s, %s, 1)
    ON CONFLICT (cause) WHERE resolved_at IS NULL
    DO UPDATE SET message = EXCLUDED.message, url = EXCLUDED.url,
                  times = known.times + 1, seen_at = STATEMENT_TIMESTAMP()
"""


def open(cause: str, message: str, *, url: str = "", fact: bool = False) -> None:
    """Open `cause`, or bring its open row up to date; a `fact` that a person has resolved stays resolved.

    No text, however odd, makes it raise. Part of the caller's transaction: undone with it, and holding up others who
    open or resolve the same cause until it ends.
    """
    texts = [_storable(cause, CAUSE_LENGTH), _storable(message, MESSAGE_LENGTH), _storable(url, URL_LENGTH)]
    with transaction.atomic(), connection.cursor() as cursor:
        if fact and _person_has_resolved(texts[0]):
            return
        cursor.execute(_OPEN, texts)


def _person_has_resolved(cause: str) -> bool:
    rows = Attention.objects.about(cause)
    # Whoever resolves the open row at this moment is waited for, and seen by the next question.
    list(rows.filter(resolved_at=None).select_for_update())
    return rows.exclude(note="").exists()


def resolve(cause: str) -> bool:
    """Resolve `cause`, which is gone by itself, and say whether it was open."""
    rows = Attention.objects.filter(cause=_storable(cause, CAUSE_LENGTH), resolved_at=None)
    return bool(rows.update(resolved_at=Now()))


def resolve_by_hand(row: Attention, user: Any, note: str) -> bool:
    """Resolve one row in a person's name and say whether it was still open, and about the same.

    The note is never empty. It speaks of the row's message as it was read, and of none that has come to it since.
    """
    rows = Attention.objects.filter(pk=row.pk, resolved_at=None, message=row.message)
    return bool(rows.update(resolved_at=Now(), resolved_by=user, note=note))


def open_causes(prefix: str) -> list[str]:
    """Return the open causes that start with `prefix`, in order."""
    rows = Attention.objects.filter(cause__startswith=_storable(prefix, CAUSE_LENGTH), resolved_at=None)
    return list(rows.order_by("cause").values_list("cause", flat=True))


def _storable(text: object, length: int) -> str:
    """Return `text` without what PostgreSQL cannot store (NUL, half surrogate pairs), cut to `length` characters."""
    whole = str(text).replace("\0", "").encode("utf-8", "ignore").decode()
    return whole if len(whole) <= length else whole[: length - 1] + "…"
