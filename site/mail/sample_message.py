"""A test email: one kind, with invented data, to the person who asks for it."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mail.outbox import enqueue
from mail.registry import Content, Paragraph, declare, find


def write(data: Mapping[str, Any]) -> Content | None:
    """The sample of the requested kind; None if the kind no longer exists."""
    try:
        return find(data["kind"]).sample()
    except LookupError:
        return None


TEST = declare(
    "test",
    gettext_lazy("Test email"),
    write,
    lambda: Content(_("Test email"), (Paragraph(_("This is a test email.")),)),
)


def send_test(kind: str, *, to: str) -> None:
    """Write the sample of a kind into the outbox. An unknown kind is dropped when it is sent."""
    enqueue(
        TEST,
        subject_key=f"test:{uuid4()}",
        recipient=to,
        language=settings.LANGUAGE_CODE,
        data={"kind": kind[:40]},
    )
