"""The kinds of emails. Each app declares its own, with the function that writes their content."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


class NotReady(Exception):
    """Something that the email shows is still being retrieved; it is tried again in a moment."""


@dataclass(frozen=True)
class Paragraph:
    """A text. Line ends stay."""

    text: str


@dataclass(frozen=True)
class Rows:
    """A small table: label and value, such as amounts. The last row is a total if `has_total`."""

    rows: tuple[tuple[str, str], ...]
    has_total: bool = False


@dataclass(frozen=True)
class Link:
    """A button in HTML, and the address in plain text."""

    label: str
    url: str


Block = Paragraph | Rows | Link


@dataclass(frozen=True)
class Content:
    """What an email says. Text and HTML are both made from it."""

    subject: str
    blocks: tuple[Block, ...]


Write = Callable[[Mapping[str, Any]], Content | None]


@dataclass(frozen=True)
class EmailKind:
    """A kind of email: `write` turns the data of a message into its content, in the language that
    is active; None if the email is not needed any more.
    """

    key: str
    title: Any
    write: Write
    sample: Callable[[], Content]


_kinds: dict[str, EmailKind] = {}


def declare(key: str, title: Any, write: Write, sample: Callable[[], Content]) -> EmailKind:
    """Register a kind of email. `sample` is its content with invented data, for the preview.

    Raises ValueError if the key is taken.
    """
    if key in _kinds:
        raise ValueError(f"There are two kinds of emails called {key!r}.")
    _kinds[key] = EmailKind(key, title, write, sample)
    return _kinds[key]


def all_kinds() -> list[EmailKind]:
    """Every declared kind, sorted by key."""
    return sorted(_kinds.values(), key=lambda kind: kind.key)


def find(key: str) -> EmailKind:
    """The kind with this key. Raises LookupError."""
    try:
        return _kinds[key]
    except KeyError:
        raise LookupError(f"There is no kind of email called {key!r}.") from None
