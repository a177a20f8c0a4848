"""Bodies that come in chunks, without a Content-Length, through gunicorn as on a server."""

import http.client
import json
import os
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from orders.models import StripeEvent
from stripe_sandbox import sign
from tests.conftest import WEBHOOK_SECRET
from tests.ports import reserved_ports
from tests.vipratech.wsgi_calls import call
from users.models import User
from vipratech.middleware.chunked_bodies import MAX_BODY

ROOT = Path(__file__).parents[2]
STARTS_WITHIN = 60  # seconds, on a busy machine
KEYS = ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT")
SETTINGS = """
import json, os
from vipratech.settings.test import *
DATABASES = {"default": json.loads(os.environ["TEST_DATABASE"])}
"""
FORM = "application/x-www-form-urlencoded"


class Response:
    """Status, headers and text of a response."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status, self.headers = response.status, response.headers
        self.text = response.read().decode()


class Web:
    """gunicorn on a port."""

    def __init__(self, port: int) -> None:
        self.port = port

    def get(self, path: str) -> Response:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", path)
        return Response(connection.getresponse())

    def post(self, path: str, chunks: list[bytes], headers: dict[str, str]) -> Response:
        """Send a body in these chunks."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("POST", path, iter(chunks), headers, encode_chunked=True)
        assert "content-length" not in {name.lower() for name in headers}
        return Response(connection.getresponse())

    def answers(self) -> bool:
        try:
            return self.get("/healthz").status == 200
        except OSError:
            return False


@pytest.fixture
def web(committed_db: None, tmp_path: Path) -> Iterator[Web]:
    """The shop on the test's database, served by gunicorn."""
    (tmp_path / "served_shop.py").write_text(SETTINGS)
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "served_shop",
        "PYTHONPATH": os.pathsep.join(
            map(str, (tmp_path, ROOT, ROOT / "site", *ROOT.glob("packages/*")))
        ),
        "TEST_DATABASE": json.dumps({key: connection.settings_dict[key] for key in KEYS}),
        "WEB_CONCURRENCY": "1",
    }
    with reserved_ports(1) as (port,):
        command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}"]
        with subprocess.Popen(command, cwd=ROOT, env=env) as process:
            web, end = Web(port), time.monotonic() + STARTS_WITHIN
            while not web.answers():
                assert process.poll() is None and time.monotonic() < end
                time.sleep(0.1)
            yield web
            process.terminate()


def test_a_webhook_event_is_stored(web: Web) -> None:
    body = json.dumps(
        {
            "id": "evt_chunked",
            "object": "event",
            "type": "customer.created",
            "created": 1,
            "livemode": False,
            "data": {"object": {"id": "cus_1", "object": "customer"}},
        }
    ).encode()
    headers = {
        "Content-Type": "application/json",
        "Stripe-Signature": sign(body, WEBHOOK_SECRET),
    }
    response = web.post("/stripe/webhook/", [body[:10], body[10:]], headers)
    assert (response.status, response.text) == (200, "Stored.\n")
    assert StripeEvent.objects.get().body.encode() == body


def test_a_form_is_read(web: Web) -> None:
    User.objects.create_user("shopper@example.com", "a-long-password")
    page = web.get("/accounts/login/")
    cookie = page.headers["Set-Cookie"].partition(";")[0]
    token = cookie.removeprefix("csrftoken=")
    fields = {
        "csrfmiddlewaretoken": token,
        "login": "shopper@example.com",
        "password": "a-long-password",
    }
    body = urllib.parse.urlencode(fields).encode()
    response = web.post("/accounts/login/", [body], {"Content-Type": FORM, "Cookie": cookie})
    assert response.status == 302
    assert "sessionid" in str(response.headers)


def test_a_body_that_is_too_long_is_refused(web: Web) -> None:
    block = b"x" * (1024 * 1024)
    blocks = [block] * (MAX_BODY // len(block)) + [b"x"]
    response = web.post("/accounts/login/", blocks, {"Content-Type": FORM})
    assert response.status == 413
    assert "This is too large to send" in response.text


def test_chunks_that_are_malformed_are_refused(web: Web) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=60)
    connection.request(
        "POST", "/stripe/webhook/", b"nonsense\r\n", {"Transfer-Encoding": "chunked"}
    )
    assert connection.getresponse().status == 400
    assert not StripeEvent.objects.exists()


def test_a_server_that_does_not_read_chunks_asks_for_the_length() -> None:
    answer = call("POST", "/stripe/webhook/", HTTP_TRANSFER_ENCODING="chunked", CONTENT_LENGTH="")
    assert answer.status == 411
    assert "Content-Length" in answer.text
