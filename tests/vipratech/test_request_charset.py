"""Requests whose Content-Type names an odd charset, or whose form cannot be parsed."""

from collections.abc import Iterator

import pytest
from django.core import signals
from django.db import close_old_connections
from pytest_django import Settings

from stripe_sandbox import sign
from tests.conftest import WEBHOOK_SECRET
from tests.vipratech.wsgi_calls import Answer, call

pytestmark = pytest.mark.django_db

CHARSETS = [
    "zlib", "bz2", "hex", "base64", "rot13", "punycode", "idna", "quopri", "uu", "undefined",
    "utf-16", "utf-7", "unicode_escape", "raw_unicode_escape", "iso-8859-1", "cp037",
]  # fmt: skip
PATHS = ["/", "/nothing/", "/sitemap.xml", "/admin/login/", "/accounts/login/", "/checkout/"]
FORM = "application/x-www-form-urlencoded"
COOKIE = "csrftoken=" + "a" * 32  # one that the client has made up


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """Requests use the connection of the test, which they would close otherwise."""
    found = [signals.request_started, signals.request_finished]
    for signal in found:
        signal.disconnect(close_old_connections)
    yield
    for signal in found:
        signal.connect(close_old_connections)


@pytest.fixture(autouse=True, params=[False, True], ids=["production", "debug"])
def _debug(request: pytest.FixtureRequest, settings: Settings) -> None:
    settings.DEBUG = request.param


@pytest.mark.parametrize("charset", CHARSETS)
def test_the_charset_of_a_request_without_a_form_is_ignored(charset: str) -> None:
    for path in PATHS:
        odd = call(
            "GET", f"{path}?q=1&next=%2Forders%2F", CONTENT_TYPE=f"text/html; charset={charset}"
        )
        assert odd.status == call("GET", f"{path}?q=1&next=%2Forders%2F").status, path


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("kind", [FORM, "multipart/form-data; boundary=x"])
def test_a_form_in_another_charset_gets_a_400_page(kind: str, charset: str) -> None:
    body = "csrfmiddlewaretoken=a".encode("utf-16")
    for path in PATHS:
        content_type = f"{kind}; charset={charset}"
        answer = call("POST", f"{path}?q=1", body, CONTENT_TYPE=content_type, HTTP_COOKIE=COOKIE)
        assert answer.status == 400, path
        assert "We couldn&#x27;t read this request" in answer.text


@pytest.mark.parametrize("charset", ["utf-8", "UTF8", "us-ascii", '"utf-8"', "made-up"])
def test_a_form_in_utf_8_is_read(charset: str) -> None:
    token = "a" * 32
    body = f"csrfmiddlewaretoken={token}&login=x%40y.z".encode()
    content_type = f"{FORM}; charset={charset}"
    answer = call(
        "POST",
        "/accounts/login/",
        body,
        CONTENT_TYPE=content_type,
        HTTP_COOKIE=f"csrftoken={token}",
    )
    assert answer.status == 200
    assert 'value="x@y.z"' in answer.text


@pytest.mark.parametrize("path", ["/nothing/", "/admin/login/", "/checkout/"])
@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=" + "x" * 300,
        "multipart/form-data; boundary*=made-up''x",
        f"{FORM}; x*=made-up''x",
    ],
)
def test_a_malformed_content_type_gets_400(path: str, content_type: str) -> None:
    answer = call("POST", path, b"x", CONTENT_TYPE=content_type, HTTP_COOKIE=COOKIE)
    assert answer.status == 400


def webhook(content_type: str) -> Answer:
    """Send a signed event of a type that the shop ignores."""
    body = b'{"id": "evt_1", "object": "event", "type": "customer.created"}'
    signature = sign(body, WEBHOOK_SECRET)
    return call(
        "POST",
        "/stripe/webhook/?q=1",
        body,
        CONTENT_TYPE=content_type,
        HTTP_STRIPE_SIGNATURE=signature,
    )


@pytest.mark.parametrize("charset", CHARSETS)
def test_a_webhook_event_is_read_whatever_charset_it_names(charset: str) -> None:
    assert webhook(f"application/json; charset={charset}") == webhook("application/json")
