"""Send what is in the outbox.

A message is leased, rendered and sent outside of any transaction, then marked as sent. A crash
between sending and marking sends it once more, under the same Message-ID. A message that cannot be
rendered or delivered does not stop the others.
"""

import logging
from datetime import timedelta
from email.utils import parseaddr
from smtplib import SMTPException, SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from mail import policy
from mail.models import Message
from mail.registry import Content, NotReady, find
from mail.render import as_html, as_text
from shop_settings.models import sender
from text import one_line
from worker.backoff import pause_after

logger = logging.getLogger(__name__)


class Undeliverable(Exception):
    """The mail server says that this recipient will never get the message."""


def send_due_messages() -> None:
    """Send the messages that are due, one at a time."""
    for _round in range(policy.BATCH):
        message = lease()
        if message is None:
            return
        deliver(message)


@transaction.atomic
def lease() -> Message | None:
    """Take the next message that is due, so that no other process sends it in the meantime."""
    message = Message.objects.due().select_for_update(skip_locked=True).first()
    if message is None:
        return None
    # Counted before the attempt: a message that kills the process must not come first forever.
    message.tries += 1
    message.leased_until = timezone.now() + policy.LEASE
    message.save(update_fields=["tries", "leased_until"])
    return message


def deliver(message: Message) -> None:
    """Send one leased message and store its new state. Raises django.db.Error only."""
    try:
        if message.tries > policy.TRIES:  # every attempt has killed the process
            text = _("The process was stopped each time.")
            store(message, status=Message.Status.FAILED, error=text)
        elif message.is_stale:
            store(message, status=Message.Status.HELD)
        elif render(message):
            hand_over(message)
            store(message, status=Message.Status.SENT, sent_at=timezone.now(), error="")
        else:
            store(message, status=Message.Status.DROPPED)
    except NotReady:
        message.tries -= 1
        postpone(message, policy.NOT_READY_PAUSE, "")
    except Undeliverable as error:
        store(message, status=Message.Status.FAILED, error=describe(error))
    except Exception as error:  # noqa: BLE001 - one message must not stop the others
        logger.warning("%s could not be sent: %s", message.uuid, type(error).__name__)
        retry(message, error)


def render(message: Message) -> bool:
    """Fill in subject, text and HTML in the recipient's language. Returns whether the message is
    still needed.
    """
    with translation.override(message.language):
        content: Content | None = find(message.kind).write(message.data)
        if content is None:
            return False
        message.subject = one_line(content.subject, 255)
        message.text, message.html = as_text(content), as_html(content)
    return True


def hand_over(message: Message) -> None:
    """Give a rendered message to the mail server. In a demo, it stays in the outbox, where its
    recipient can read it; a secret one, which nobody can, is sent or printed in a demo, too.

    Raises Undeliverable, OSError.
    """
    if settings.SHOP_DEMO and not message.is_secret:
        return
    mail = EmailMultiAlternatives(
        subject=message.subject,
        body=message.text,
        from_email=sender(),
        to=[message.recipient],
        reply_to=[message.reply_to] if message.reply_to else None,
        headers={"Message-ID": message_id(message), "Auto-Submitted": "auto-generated"},
    )
    mail.attach_alternative(message.html, "text/html")
    try:
        mail.send()
    except SMTPRecipientsRefused as error:
        codes = [code for code, _text in error.recipients.values()]
        if codes and all(code >= 500 for code in codes):
            raise Undeliverable(str(next(iter(error.recipients.values()))[1])) from error
        raise


def message_id(message: Message) -> str:
    """The Message-ID of every attempt, so that mail programs can recognise a duplicate."""
    domain = parseaddr(sender())[1].rpartition("@")[2] or "localhost"
    return f"<{message.uuid}@{domain}>"


def retry(message: Message, error: Exception) -> None:
    """Try again later, or give up after the last attempt."""
    if message.tries >= policy.TRIES:
        store(message, status=Message.Status.FAILED, error=describe(error))
        return
    pause = pause_after(message.tries, first=policy.FIRST_PAUSE, longest=policy.LONGEST_PAUSE)
    postpone(message, pause, describe(error))


def postpone(message: Message, pause: timedelta, error: str) -> None:
    """Store when the next attempt begins."""
    store(message, tries=message.tries, retry_at=timezone.now() + pause, error=error)


def store(message: Message, **fields: object) -> None:
    """Store the state of a leased message, and end the lease. A secret is deleted when it is not
    going to be sent again.
    """
    rendered = {"subject": message.subject, "text": message.text, "html": message.html}
    if message.is_secret and "status" in fields:
        rendered, fields = dict.fromkeys(rendered, ""), {**fields, "data": {}}
    Message.objects.filter(pk=message.pk).update(**rendered, **fields, leased_until=None)


def describe(error: Exception) -> str:
    """The error in one line, for staff."""
    if isinstance(error, (SMTPException, OSError, Undeliverable)):
        text = str(error)
    else:
        text = f"{type(error).__name__}: {error}"
    return one_line(text, 255)
