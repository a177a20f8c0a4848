"""Requests to the WSGI application itself, as gunicorn makes them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from wsgiref.util import setup_testing_defaults

from vipratech.wsgi import application


@dataclass
class Answer:
    """The status code, the headers and the body of a response."""

    status: int
    text: str
    headers: dict[str, str] = field(compare=False)  # one is new for each request


def call(method: str, path: str, body: bytes = b"", **environ: Any) -> Answer:
    """Call the application. `path` may have a query string."""
    path, _, query = path.partition("?")
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "testserver",
        "HTTP_HOST": "testserver",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.input": BytesIO(body),
        "CONTENT_LENGTH": str(len(body)),
        **environ,
    }
    setup_testing_defaults(environ)
    started: list[tuple[str, dict[str, str]]] = []

    def start_response(status: str, headers: Any, *rest: Any) -> Callable[[bytes], object]:
        started.append((status, dict(headers)))
        return lambda data: None

    answer = application(environ, start_response)
    text = b"".join(answer).decode(errors="replace")
    if hasattr(answer, "close"):
        answer.close()
    status, headers = started[-1]
    return Answer(int(status.split()[0]), text, headers)
