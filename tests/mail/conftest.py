"""A mail server for the tests of the outbox."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.mail.smtp_server import SmtpServer


@pytest.fixture
def smtp(settings: Settings) -> Iterator[SmtpServer]:
    """A real mail server on this machine, which the shop uses."""
    server = SmtpServer()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_TIMEOUT = 1
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.DEFAULT_FROM_EMAIL = "shop@example.com"
    settings.SHOP_DEMO = False
    yield server
    server.stop()
