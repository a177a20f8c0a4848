"""Nothing in the logs lets its reader into somebody's account."""

import logging
import runpy
from types import SimpleNamespace

import pytest
from django.conf import settings

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


def test_gunicorns_access_log_is_redacted() -> None:
    logger_class = runpy.run_path(str(settings.ROOT / "gunicorn.conf.py"))["logger_class"]
    logger = object.__new__(logger_class)
    environ = {
        "REQUEST_METHOD": "GET",
        "RAW_URI": RESET,
        "PATH_INFO": RESET,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_REFERER": f"https://shop.example{CONFIRM}",
    }
    response = SimpleNamespace(status="200 OK", headers=[], sent=1)
    request = SimpleNamespace(headers=[])
    duration = SimpleNamespace(seconds=0, microseconds=0)
    parts = logger.atoms(response, request, environ, duration)
    assert parts["r"] == "GET /accounts/password/reset/key/…/ HTTP/1.1"
    assert parts["f"] == "https://shop.example/accounts/confirm-email/…/"
