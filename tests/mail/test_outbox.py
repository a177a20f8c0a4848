"""The outbox: every email is sent once, whatever the mail server does."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from alerts.jobs import check_mail
from alerts.models import Alert
from mail import registry, send
from mail.jobs import empty_mail
from mail.models import Message
from mail.outbox import enqueue, send_again
from mail.policy import HELD_AFTER, LEASE, TRIES
from mail.registry import Content, EmailKind, Link, NotReady, Paragraph, Rows
from tests.mail.smtp_server import SmtpServer
from tests.orders.selling import at_once

PENDING, SENT, FAILED = "pending", "sent", "failed"


def write(data: Mapping[str, Any]) -> Content | None:
    """Whatever the test's data says."""
    if data.get("error"):
        raise ZeroDivisionError(data["error"])
    if data.get("wait"):
        raise NotReady
    if data.get("unneeded"):
        return None
    blocks = (Paragraph(data.get("text", "Hello")), Rows((("Total", "₹5.00"),), has_total=True))
    return Content(data.get("subject", "Hello"), (*blocks, Link("Look", "https://shop.test/x")))


@pytest.fixture
def kind(monkeypatch: pytest.MonkeyPatch) -> EmailKind:
    """A kind of email whose content is the test's own."""
    made = EmailKind("test-kind", "Test", write, lambda: Content("Sample", ()))
    monkeypatch.setitem(registry._kinds, made.key, made)
    return made


def put(
    kind: EmailKind, key: str = "1", to: str = "ann@example.com", thread: str = "", **data: Any
) -> Message:
    """Write an email into the outbox."""
    enqueue(kind, subject_key=key, recipient=to, language="en-gb", data=data, thread=thread)
    return Message.objects.get(subject_key=key, recipient=to)


def run() -> None:
    """Send everything, as if its time had come."""
    Message.objects.update(retry_at=timezone.now() - timedelta(seconds=1))
    send.send_due_messages()


def state(message: Message) -> str:
    """The status of a message."""
    message.refresh_from_db()
    return message.status


def test_an_email_is_sent_as_text_and_html_from_the_same_content(
    db: None, smtp: SmtpServer, kind: EmailKind
) -> None:
    message = put(kind, text="Tom & Jerry's “Lamp”", subject="Tom & Jerry's “Lamp”")
    run()
    assert state(message) == SENT and message.sent_at
    (mail,) = smtp.messages
    assert mail["To"] == "ann@example.com" and "shop@example.com" in mail["From"]
    assert mail["Subject"] == "Tom & Jerry's “Lamp”"
    text, html = (part.get_content() for part in mail.iter_parts())  # type: ignore[attr-defined]
    assert "Tom & Jerry's “Lamp”" in text and "&amp;" not in text and "Total: ₹5.00" in text
    assert "Tom &amp; Jerry" in html and "&amp;amp;" not in html
    assert "https://shop.test/x" in text and 'href="https://shop.test/x"' in html
    # Only the dark colours cannot be inlined.
    assert 'style="' in html and html.count("<style") == html.count('<style data-css-inline="keep"')


def test_nobody_gets_the_same_email_twice(db: None, smtp: SmtpServer, kind: EmailKind) -> None:
    for _ in range(3):
        put(kind)
        run()
    assert len(smtp.accepted) == 1
    send_again(Message.objects.get(), by=None)
    run()
    assert len(smtp.accepted) == 2 and Message.objects.count() == 2


@pytest.mark.parametrize("address", ["", "nobody", "a" * 300 + "@example.com"])
def test_an_unusable_address_loses_nothing_else(db: None, kind: EmailKind, address: str) -> None:
    enqueue(kind, subject_key="1", recipient=address, language="en", data={})
    assert not Message.objects.exists()


def test_an_email_is_undone_with_its_cause(db: None, kind: EmailKind) -> None:
    with transaction.atomic():
        put(kind)
        transaction.set_rollback(True)
    assert not Message.objects.exists()


@pytest.mark.parametrize("step", ["connect", "MAIL", "RCPT", "DATA", "end"])
@pytest.mark.parametrize("answer", ["450 try later", ""])
def test_a_server_that_refuses_or_hangs_up_loses_no_email(
    db: None, smtp: SmtpServer, kind: EmailKind, step: str, answer: str
) -> None:
    message = put(kind)
    smtp.answers[step] = answer
    run()
    assert state(message) == PENDING and message.error and not smtp.accepted
    smtp.answers.clear()
    run()
    assert state(message) == SENT and len(smtp.accepted) == 1


def test_a_server_that_is_not_there_loses_no_email(
    db: None, smtp: SmtpServer, kind: EmailKind, settings: Any
) -> None:
    message, port = put(kind), settings.EMAIL_PORT
    settings.EMAIL_PORT = 9
    run()
    assert state(message) == PENDING
    settings.EMAIL_PORT = port
    run()
    assert state(message) == SENT


def test_a_refused_recipient_is_not_tried_again(
    db: None, smtp: SmtpServer, kind: EmailKind
) -> None:
    refused, other = put(kind), put(kind, key="2", to="bob@example.com")
    smtp.answers["RCPT"] = "550 no such user"
    send.deliver(send.lease() or refused)
    smtp.answers.clear()
    run()
    assert state(refused) == FAILED and "no such user" in refused.error
    assert state(other) == SENT
    check_mail()
    assert "no such user" in Alert.objects.open().get().message


def test_one_message_that_cannot_be_built_stopped_all_mail(
    db: None, smtp: SmtpServer, kind: EmailKind
) -> None:
    """Pitfall 22: the others are sent; it fails in the end, with an alert."""
    broken = put(kind, error="division by zero")
    others = [put(kind, key=key) for key in ("2", "3")]
    run()
    assert [state(message) for message in others] == [SENT, SENT]
    assert state(broken) == PENDING and "ZeroDivisionError" in broken.error
    for _ in range(TRIES):
        run()
    assert state(broken) == FAILED
    check_mail()
    assert Alert.objects.open().get().kind.key == "mail-failed"  # type: ignore[union-attr]


def test_an_unknown_kind_does_not_stop_the_others(
    db: None, smtp: SmtpServer, kind: EmailKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = put(EmailKind("gone", "Gone", write, lambda: Content("", ())))
    other = put(kind, key="2")
    run()
    assert (state(gone), state(other)) == (PENDING, SENT)


def test_long_lines_were_cut_by_mail_servers(db: None, smtp: SmtpServer, kind: EmailKind) -> None:
    """Pitfall 21: no raw line is longer than SMTP allows."""
    put(kind, text="x" * 1500 + " https://shop.test/" + "y" * 1200, subject="ü" * 255)
    run()
    (_to, body), (mail,) = smtp.accepted[0], smtp.messages
    assert max(len(line) for line in body.splitlines()) <= 998
    text = next(mail.iter_parts()).get_content()  # type: ignore[attr-defined]
    assert "x" * 1500 in text and "y" * 1200 in text and mail["Subject"].strip() == "ü" * 255


def test_emails_about_one_order_are_sent_in_sequence(
    db: None, smtp: SmtpServer, kind: EmailKind
) -> None:
    first = put(kind, key="1", thread="order:1", wait=True)
    second = put(kind, key="2", thread="order:1")
    apart = put(kind, key="3", thread="order:2")
    run()
    assert (state(first), state(second), state(apart)) == (PENDING, PENDING, SENT)
    assert first.tries == 0
    Message.objects.filter(pk=first.pk).update(data={})
    run()
    run()
    assert (state(first), state(second)) == (SENT, SENT)
    subjects = [to for to, _ in smtp.accepted]
    assert len(subjects) == 3


def test_an_email_that_is_not_needed_any_more_is_dropped(
    db: None, smtp: SmtpServer, kind: EmailKind
) -> None:
    message = put(kind, unneeded=True)
    run()
    assert state(message) == "dropped" and not smtp.accepted


def test_turning_mail_on_sent_emails_for_old_orders(
    db: None, smtp: SmtpServer, kind: EmailKind
) -> None:
    """Pitfall 23: what is older than three days is held; staff can still send it."""
    message = put(kind)
    old = timezone.now() - HELD_AFTER - timedelta(minutes=1)
    Message.objects.update(created_at=old)
    run()
    assert state(message) == "held" and not smtp.accepted
    send_again(message, by=None)
    run()
    assert len(smtp.accepted) == 1


def test_a_crash_between_sending_and_recording_sends_at_most_one_more(
    db: None, smtp: SmtpServer, kind: EmailKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = put(kind)
    killed = send.lease()
    assert killed is not None
    send.render(killed)
    send.hand_over(killed)  # and then the process is killed
    run()
    assert len(smtp.accepted) == 1  # the lease still holds
    Message.objects.update(leased_until=timezone.now() - LEASE)
    run()
    run()
    assert state(message) == SENT and len(smtp.accepted) == 2
    assert len({mail["Message-ID"] for mail in smtp.messages}) == 1


def test_two_workers_send_each_email_once(
    committed_db: None, smtp: SmtpServer, kind: EmailKind
) -> None:
    messages = [put(kind, key=str(number)) for number in range(20)]
    at_once(*[send.send_due_messages for _ in range(4)])
    assert len(smtp.accepted) == 20
    assert {state(message) for message in messages} == {SENT}


def test_the_text_of_a_secret_is_deleted_when_it_was_sent(
    db: None, smtp: SmtpServer, kind: EmailKind
) -> None:
    message = put(kind, text="https://shop.test/reset/secret")
    Message.objects.update(is_secret=True)
    run()
    assert state(message) == SENT
    assert (message.text, message.html, message.data) == ("", "", {})


def test_a_demo_sends_nothing_and_keeps_the_text(
    db: None, smtp: SmtpServer, kind: EmailKind, settings: Any
) -> None:
    settings.SHOP_DEMO = True
    message = put(kind)
    run()
    assert state(message) == SENT and "Hello" in message.text and not smtp.accepted


def test_waiting_emails_raise_an_alert_until_they_are_sent(
    db: None, smtp: SmtpServer, kind: EmailKind
) -> None:
    put(kind)
    smtp.answers["connect"] = "421 down"
    run()
    check_mail()
    assert not Alert.objects.exists()
    Message.objects.update(created_at=timezone.now() - timedelta(hours=2))
    check_mail()
    assert "421" in Alert.objects.open().get().message
    smtp.answers.clear()
    run()
    check_mail()
    assert not Alert.objects.open().exists()


def test_texts_are_emptied_after_a_while(db: None, smtp: SmtpServer, kind: EmailKind) -> None:
    message, fresh = put(kind), put(kind, key="2")
    run()
    Message.objects.filter(pk=message.pk).update(created_at=timezone.now() - timedelta(days=91))
    empty_mail()
    assert state(message) == SENT and state(fresh) == SENT
    assert (message.text, message.html, message.data) == ("", "", {}) and fresh.text
    assert message.recipient == "ann@example.com"


def test_names_with_line_ends_cannot_add_headers(
    db: None, smtp: SmtpServer, kind: EmailKind
) -> None:
    put(kind, subject="Hello\r\nBcc: eve@example.com")
    run()
    (mail,) = smtp.messages
    assert mail["Bcc"] is None and mail["Subject"] == "Hello Bcc: eve@example.com"
