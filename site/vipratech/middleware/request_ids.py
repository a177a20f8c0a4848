"""An id for each request: in the response, in every line that it logs, and in the access log."""

import logging
import re
from collections.abc import Callable
from contextvars import ContextVar
from uuid import uuid4

from django.http import HttpRequest, HttpResponse

HEADER = "X-Request-ID"
# A proxy may have given it an id; only one that cannot break a line of the log is used.
SAFE = re.compile(r"[A-Za-z0-9_-]{8,64}")

_current: ContextVar[str] = ContextVar("request_id", default="-")


class RequestIdsMiddleware:
    """Gives each request an id."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Log everything that happens during the request with its id."""
        given = request.headers.get(HEADER, "")
        # The prefix keeps an all-digit id from looking like a card number.
        request_id = given if SAFE.fullmatch(given) else f"r{uuid4().hex[:15]}"
        # Not reset afterwards: Django logs a failed request when all middleware has ended. The next
        # request of this thread brings its own.
        _current.set(request_id)
        response = self.get_response(request)
        response.headers[HEADER] = request_id
        return response


class AddRequestId(logging.Filter):
    """Adds the request id to a log record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record; every record is logged."""
        record.request_id = _current.get()
        return True
