"""Another time for this process. For the command that adds demo orders, and for nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from typing import Any

from django.utils import timezone


class _IsAnyDatetime(type):
    """`django.utils.timezone` also asks whether a value is a datetime."""

    def __instancecheck__(cls, value: Any) -> bool:
        return isinstance(value, datetime)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let `timezone.now()` start at `moment`, in every thread of the process."""
    offset = moment - datetime.now(UTC)

    class Shifted(datetime, metaclass=_IsAnyDatetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return datetime.now(tz) + offset

    timezone.datetime = Shifted  # type: ignore[attr-defined]
    try:
        yield
    finally:
        timezone.datetime = datetime  # type: ignore[attr-defined]
