"""Write emails into the outbox, in the same transaction as their cause."""

from collections.abc import Mapping
from typing import Any

from mail.models import Message
from mail.registry import EmailKind
from text import storable

LONGEST_ADDRESS = 254  # RFC 5321


def usable(recipient: str) -> str:
    """The address as an email is sent to it; empty if none can be."""
    address = storable(recipient, LONGEST_ADDRESS).strip()
    return address if "@" in address and len(recipient) <= LONGEST_ADDRESS else ""


def enqueue(
    kind: EmailKind,
    *,
    subject_key: str,
    recipient: str,
    language: str,
    data: Mapping[str, Any],
    thread: str = "",
    reply_to: str = "",
    is_secret: bool = False,
) -> None:
    """Write an email, unless the recipient has one of this kind about the same subject. The text of
    a secret one is deleted once it is sent, and never shown.

    Does nothing without a usable address: no email is a reason to lose its cause.
    """
    address = usable(recipient)
    if not address:
        return
    Message.objects.bulk_create(
        [
            Message(
                kind=kind.key,
                subject_key=subject_key,
                recipient=address,
                language=language,
                data=dict(data),
                thread=thread,
                reply_to=reply_to,
                is_secret=is_secret,
            )
        ],
        ignore_conflicts=True,
    )


def send_again(message: Message, *, by: Any) -> Message:
    """Write the same email once more because somebody asked for it."""
    return Message.objects.create(
        kind=message.kind,
        subject_key=message.subject_key,
        recipient=message.recipient,
        language=message.language,
        data=message.data,
        thread=message.thread,
        reply_to=message.reply_to,
        requested_by=by,
        was_requested=True,
    )
