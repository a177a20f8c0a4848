"""The demo's inbox: shoppers read their own emails, and nobody else's."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from mail.models import Message
from users.models import User

ClientOf = Callable[[User], Client]


def put(to: str, **fields: Any) -> Message:
    """An email that was sent."""
    values = {"kind": "x", "subject_key": to, "language": "en", "status": "sent", **fields}
    text = "See https://shop.test/x <b>"
    return Message.objects.create(recipient=to, subject=f"For {to}", text=text, **values)


@pytest.fixture
def demo(settings: Settings) -> None:
    """A demo shop."""
    settings.SHOP_DEMO = True


def test_shoppers_see_their_own_emails_only(demo: None, member: Client) -> None:
    own, other = put("Shopper@example.com"), put("other@example.com")
    page = member.get("/demo/emails/").content.decode()
    assert own.subject in page and other.subject not in page
    text = member.get(f"/demo/emails/{own.pk}/").content.decode()
    assert 'href="https://shop.test/x"' in text and "&lt;b&gt;" in text
    assert member.get(f"/demo/emails/{other.pk}/").status_code == 404
    assert "/demo/emails/" in member.get("/").content.decode()


def test_secret_and_unsent_emails_are_not_shown(demo: None, member: Client) -> None:
    for fields in ({"is_secret": True}, {"status": "pending", "subject_key": "2"}):
        email = put("shopper@example.com", **fields)
        assert email.subject not in member.get("/demo/emails/").content.decode()
        assert member.get(f"/demo/emails/{email.pk}/").status_code == 404


def test_a_real_shop_has_no_inbox(member: Client, settings: Settings) -> None:
    settings.SHOP_DEMO = False
    own = put("shopper@example.com")
    assert member.get("/demo/emails/").status_code == 404
    assert member.get(f"/demo/emails/{own.pk}/").status_code == 404


def test_a_stranger_logs_in_first(demo: None, client: Client) -> None:
    assert client.get("/demo/emails/").status_code == 302
