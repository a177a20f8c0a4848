"""Nothing in the logs lets its reader into somebody's account."""

import logging
import runpy
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.test import Client

from vipratech.middleware.request_ids import SAFE, AddRequestId
from vipratech.redaction import RedactKeys, redact

RESET = "/accounts/password/reset/key/1a-d5zz1h-0a9b8c/"
CONFIRM = "/accounts/confirm-email/MQ:1vOabc:Xyz-123_4/"


@pytest.mark.parametrize("path", [RESET, CONFIRM])
def test_the_key_of_an_emailed_link_is_redacted(path: str) -> None:
    key = path.split("/")[-2]
    for line in (
        f'"GET {path} HTTP/1.1" 200 "https://shop.example{path}"',
        f"Not Found: {path}",
        f"http://shop.example{path}?next=/",
    ):
        assert key not in redact(line)
        assert redact(line) == line.replace(key, "…")


@pytest.mark.parametrize(
    "path", ["/accounts/password/reset/key/done/", "/accounts/password/reset/", "/products/lamp/"]
)
def test_other_addresses_stay_as_they_are(path: str) -> None:
    assert redact(f"GET {path} HTTP/1.1") == f"GET {path} HTTP/1.1"


def test_every_log_record_is_redacted() -> None:
    record = logging.LogRecord("django.request", 30, "", 1, "Not Found: %s", (RESET,), None)
    assert RedactKeys().filter(record)
    assert record.getMessage() == "Not Found: /accounts/password/reset/key/…/"
    handlers: dict[str, dict[str, list[str]]] = settings.LOGGING["handlers"]  # type: ignore[assignment]
    assert all("redact_keys" in handler["filters"] for handler in handlers.values())
    loggers: dict[str, dict[str, list[str]]] = settings.LOGGING["loggers"]  # type: ignore[assignment]
    assert loggers["django.server"]["handlers"] == list(handlers)


def test_gunicorns_access_log_is_redacted_and_names_the_request(
    caplog: pytest.LogCaptureFixture,
) -> None:
    logger_class = runpy.run_path(str(settings.ROOT / "gunicorn.conf.py"))["logger_class"]
    logger = object.__new__(logger_class)
    logger.access_log = logging.getLogger("access")
    environ = {
        "REMOTE_ADDR": "10.0.0.1",
        "REQUEST_METHOD": "GET",
        "RAW_URI": RESET,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_REFERER": f"https://shop.example{CONFIRM}",
        "HTTP_USER_AGENT": 'a "browser"',
    }
    response = SimpleNamespace(status="200 OK", headers=[("X-Request-ID", "1a2b3c4d")], sent=12)
    with caplog.at_level(logging.INFO, "access"):
        logger.access(response, None, environ, None)
    (line,) = caplog.messages
    assert line.startswith("10.0.0.1 - - [")
    assert '"GET /accounts/password/reset/key/…/ HTTP/1.1" 200 12 "https://shop.example/acc' in line
    assert line.endswith('/accounts/confirm-email/…/" "a \'browser\'" 1a2b3c4d')


def test_a_request_has_one_number_in_the_response_and_in_what_it_logs(
    db: None, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.handler.addFilter(AddRequestId())
    answers = [client.get("/no-such-page/") for _ in range(2)]
    numbers = [answer["X-Request-ID"] for answer in answers]
    assert [record.__dict__["request_id"] for record in caplog.records] == numbers
    assert numbers[0] != numbers[1]
    kept = client.get("/no-such-page/", headers={"X-Request-ID": "from-the-proxy-1"})
    assert kept["X-Request-ID"] == "from-the-proxy-1"
    odd = client.get("/no-such-page/", headers={"X-Request-ID": "x\ny"})
    assert SAFE.fullmatch(odd["X-Request-ID"])
