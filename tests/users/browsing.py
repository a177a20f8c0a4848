"""Who is logged in and which emails arrived, as the tests see it."""

from django.core import mail
from django.core.mail import EmailMessage
from django.test import Client

from mail.send import send_due_messages

PASSWORD = "a-long-enough-password"


def logged_in_as(client: Client) -> str | None:
    """The primary key of the client's user, from the Django session."""
    return client.session.get("_auth_user_id")


def can_log_in(email: str) -> bool:
    """Whether the user can log in with a new browser."""
    browser = Client()
    browser.post("/accounts/login/", {"login": email, "password": PASSWORD})
    return logged_in_as(browser) is not None


def emails() -> list[EmailMessage]:
    """Send what is in the shop's outbox; everything that the mail server has received."""
    send_due_messages()
    return mail.outbox
