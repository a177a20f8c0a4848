"""Open and resolve. A cause is a short text such as `amount-differs:<order>`, the same each time it is noticed."""

from django.db import connection
from django.db.models.functions import Now

from attention.models import CAUSE_LENGTH, MESSAGE_LENGTH, URL_LENGTH, Attention

# Django cannot name a partial index in ON CONFLICT. One statement: right in any transaction, whoever else opens it now.
_OPEN = """
    INSERT INTO attention_attention AS known (cause, message, url, times) VALUES (%s, %s, %s, 1)
    ON CONFLICT (cause) WHERE resolved_at IS NULL
    DO UPDATE SET message = EXCLUDED.message, url = EXCLUDED.url,
                  times = known.times + 1, seen_at = STATEMENT_TIMESTAMP()
"""


def open(cause: str, message: str, *, url: str = "") -> None:
    """Open `cause`, or bring its open row up to date. No text, however odd, makes it raise.

    Part of the caller's transaction: undone with it, and holding up others who open the same cause until it ends.
    """
    texts = [_storable(cause, CAUSE_LENGTH), _storable(message, MESSAGE_LENGTH), _storable(url, URL_LENGTH)]
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, texts)


def resolve(cause: str) -> bool:
    """Resolve `cause` and say whether it was open."""
    rows = Attention.objects.filter(cause=_storable(cause, CAUSE_LENGTH), resolved_at=None)
    return bool(rows.update(resolved_at=Now()))


def _storable(text: object, length: int) -> str:
    """Return `text` without what PostgreSQL cannot store (NUL, half surrogate pairs), cut to `length` characters."""
    whole = str(text).replace("\0", "").encode("utf-8", "ignore").decode()
    return whole if len(whole) <= length else whole[: length - 1] + "…"
