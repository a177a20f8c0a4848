"""Reads request bodies that come in chunks, without a Content-Length (RFC 9112, section 7.1).

Some proxies send every body so. Django takes a request without a length for one without a body, so
a webhook event would have no signature and a form no fields.
"""

from collections.abc import Iterable
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from gunicorn.http.errors import ParseException

from vipratech.error_pages import refuse

# Bytes. An image of the largest size that an editor may upload, and the form around it.
MAX_BODY = 12 * 1024 * 1024
IN_MEMORY = 1024 * 1024  # bytes; a longer body is kept in a temporary file
BLOCK = 64 * 1024  # bytes


class BodyTooLarge(Exception):
    """The body has more than MAX_BODY bytes."""


class ChunkedBodies:
    """A WSGI application that gives a chunked body its length, and passes it on to another."""

    def __init__(self, application: WSGIApplication) -> None:
        self.application = application

    def __call__(self, request: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Respond with 411, 413 or 400 if the body cannot be read."""
        if "chunked" not in request.get("HTTP_TRANSFER_ENCODING", "").lower():
            return self.application(request, start_response)
        if not request.get("wsgi.input_terminated"):  # Django's own server does not read chunks
            return refuse(start_response, 411)
        try:
            body, length = read_body(request["wsgi.input"])
        except BodyTooLarge:
            return refuse(start_response, 413)
        except (OSError, ParseException):
            return refuse(start_response, 400)
        with body:
            del request["HTTP_TRANSFER_ENCODING"]
            request |= {"wsgi.input": body, "CONTENT_LENGTH": str(length)}
            return self.application(request, start_response)


def read_body(source: Any) -> tuple[IO[bytes], int]:
    """Return the body as a file at its start, and its length in bytes.

    Raises BodyTooLarge, or what the server raises for chunks that are malformed or cut off.
    """
    body = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - the caller closes it
    while block := source.read(BLOCK):
        body.write(block)
        if body.tell() > MAX_BODY:
            body.close()
            raise BodyTooLarge
    length = body.tell()
    body.seek(0)
    return body, length
