"""No request that a visitor can send makes the shop fail.

`make fuzz` sends 10,000, `make test` 200; they are other ones each time. Each goes to the WSGI
application, as from gunicorn, with a CSRF token that fits.
"""

import os
import sys
from collections import Counter
from urllib.parse import urlencode

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from django.urls import Resolver404, resolve
from hypothesis import HealthCheck, given, settings

from products.models import ProductPage
from stripe_sandbox import Sandbox
from stripe_sandbox.webhooks.signatures import sign
from tests.attacks.requests import KEY, Sent, requests
from tests.conftest import WEBHOOK_SECRET
from tests.vipratech.wsgi_calls import call
from users.models import User

INPUTS = int(os.environ.get("FUZZ_INPUTS", "200"))
TOKEN = "t" * 32
FORM = "application/x-www-form-urlencoded"
REFUSALS = (403, 404, 405)


class Attack:
    """Sends requests, and counts their outcomes."""

    def __init__(self, user: User, key: str) -> None:
        self.user, self.key = user, key
        self.browser = Client()
        self.sent = self.answered = 0
        self.views: Counter[str] = Counter()

    def send(self, sent: Sent) -> None:
        """Send a request; whatever it is, the shop must not fail."""
        body = sent.body
        if sent.form is not None:
            fields = {**self.with_key(sent.form), "csrfmiddlewaretoken": TOKEN}
            body = urlencode(fields, doseq=True, errors="replace").encode()
        query = urlencode(self.with_key(sent.query), doseq=True, errors="replace")
        answer = call(
            sent.method,
            f"{sent.path.encode(errors='replace').decode('latin-1')}?{query}",
            body,
            CONTENT_TYPE=FORM if sent.form is not None else sent.content_type,
            **self.headers(sent),
        )
        assert answer.status < 500, (answer.status, sent.path)
        to_login = "/login/" in answer.headers.get("Location", "")
        self.sent += 1
        if answer.status not in REFUSALS and not to_login:
            self.answered += 1
            self.views[view_of(sent.path)] += 1

    def headers(self, sent: Sent) -> dict[str, str]:
        """The headers, with cookies and a signature."""
        cookies = f"csrftoken={TOKEN}"
        if sent.has_session:
            cookies += f"; sessionid={self.session()}"
        if sent.is_signed:
            return {**sent.headers, "HTTP_STRIPE_SIGNATURE": sign(sent.body, WEBHOOK_SECRET)}
        return {"HTTP_COOKIE": cookies, **sent.headers}

    def session(self) -> str:
        """The key of the shopper's session; of a new one if a request has ended it."""
        cookie = self.browser.cookies.get("sessionid")
        if cookie is None or not SessionStore().exists(cookie.value):
            self.browser.force_login(self.user)
        return self.browser.cookies["sessionid"].value

    def with_key(self, fields: dict[str, list[str]]) -> dict[str, list[str]]:
        """The fields, with the key of a product where they name one."""
        return {
            name: [self.key if text == KEY else text for text in texts]
            for name, texts in fields.items()
        }


def view_of(path: str) -> str:
    """The name of the view for a path."""
    try:
        return resolve(path).view_name
    except Resolver404:
        return "none"


@pytest.mark.django_db(transaction=True)
def test_no_request_makes_the_shop_fail(
    synced: Sandbox, lamp: ProductPage, capsys: pytest.CaptureFixture[str]
) -> None:
    user = User.objects.create_user("shopper@example.com", "a-long-password")
    attack = Attack(user, str(lamp.product_key))

    @settings(max_examples=INPUTS, database=None, suppress_health_check=list(HealthCheck))
    @given(requests())
    def send(sent: Sent) -> None:
        attack.send(sent)

    send()
    with capsys.disabled():
        counts = ", ".join(f"{name} {count}" for name, count in sorted(attack.views.items()))
        sys.stdout.write(f"\n{attack.sent} requests, {attack.answered} answered: {counts}\n")
    # In a short run the choices are less even.
    assert attack.answered >= attack.sent / (2 if INPUTS >= 5000 else 4)
