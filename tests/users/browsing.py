"""What a browser shows of the login."""

from django.test import Client

PASSWORD = "a-long-enough-password"


def logged_in_as(client: Client) -> str | None:
    """Give the primary key of the client's user, as the session holds it."""
    return client.session.get("_auth_user_id")


def can_log_in(email: str) -> bool:
    """Try the login page with a browser of its own."""
    browser = Client()
    browser.post("/accounts/login/", {"login": email, "password": PASSWORD})
    return logged_in_as(browser) is not None
