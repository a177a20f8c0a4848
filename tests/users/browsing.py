"""Who is logged in, as the tests see it."""

from django.test import Client

PASSWORD = "a-long-enough-password"


def logged_in_as(client: Client) -> str | None:
    """The primary key of the client's user, from the Django session."""
    return client.session.get("_auth_user_id")


def can_log_in(email: str) -> bool:
    """Whether the user can log in with a new browser."""
    browser = Client()
    browser.post("/accounts/login/", {"login": email, "password": PASSWORD})
    return logged_in_as(browser) is not None
