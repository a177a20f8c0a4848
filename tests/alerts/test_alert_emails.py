"""Staff get an email about new alerts: at most one an hour, and only about open ones."""

from datetime import timedelta

import pytest
from django.utils import timezone

from alerts.alerts import MAIL_FAILED, MAIL_FAILING
from alerts.emails import email_staff
from alerts.models import Alert
from alerts.raising import raise_alert, resolve_alert
from mail.models import Message
from mail.send import send_due_messages
from shop_settings.models import ShopSettings

pytestmark = pytest.mark.django_db
ADDRESS = "desk@example.com"


@pytest.fixture(autouse=True)
def shop(db: None) -> ShopSettings:
    """A shop with one member of staff who gets emails."""
    return ShopSettings.objects.create(staff_emails=ADDRESS)


def let_pass(hours: float) -> None:
    """Make everything older by this many hours."""
    age = timedelta(hours=hours)
    for message in Message.objects.all():
        Message.objects.filter(pk=message.pk).update(created_at=message.created_at - age)
    for alert in Alert.objects.all():
        Alert.objects.filter(pk=alert.pk).update(opened_at=alert.opened_at - age)


def sent() -> list[str]:
    """The texts of the emails that were sent, oldest first."""
    email_staff()
    Message.objects.filter(status="pending").update(retry_at=timezone.now())
    send_due_messages()
    return list(
        Message.objects.filter(status="sent").order_by("number").values_list("text", flat=True)
    )


def test_a_new_alert_is_emailed_once() -> None:
    assert sent() == []
    raise_alert(MAIL_FAILED, "Nobody got it.", subject=1)
    (text,) = sent()
    assert "Nobody got it." in text and "/admin/alerts/" in text
    let_pass(2)
    raise_alert(MAIL_FAILED, "Still nobody got it.", subject=1)  # the same alert
    assert len(sent()) == 1


def test_more_alerts_within_an_hour_wait_and_come_together() -> None:
    raise_alert(MAIL_FAILED, "The first.", subject=1)
    sent()
    for number in (2, 3):
        raise_alert(MAIL_FAILED, f"Number {number}.", subject=number)
        assert len(sent()) == 1
    let_pass(0.9)
    assert len(sent()) == 1
    Message.objects.update(created_at=timezone.now() - timedelta(hours=1, minutes=1))
    Alert.objects.filter(message="The first.").update(opened_at=timezone.now() - timedelta(hours=2))
    (_first, second) = sent()
    assert "Number 2." in second and "Number 3." in second and "The first." not in second


def test_an_alert_that_was_resolved_before_the_email_is_sent_is_left_out() -> None:
    raise_alert(MAIL_FAILING, "The mail server does not answer.")
    email_staff()
    resolve_alert(MAIL_FAILING)
    send_due_messages()
    assert Message.objects.get().status == "dropped"


def test_staff_without_email_opt_in_get_none(shop: ShopSettings) -> None:
    raise_alert(MAIL_FAILED, "Nobody got it.", subject=1)
    shop.alert_emails = False
    shop.save()
    assert sent() == []
    shop.alert_emails, shop.staff_emails = True, ""
    shop.save()
    assert sent() == []
