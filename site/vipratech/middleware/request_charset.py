"""Removes the charset from a request's Content-Type.

Django decodes the query string and form fields with it, and accepts any codec that Python knows.
Many of those are not for text (`zlib`, `hex`) or fail for ordinary input (`punycode`, `idna`), and
they fail before Django's own middleware runs: while the request object is created. Browsers send
UTF-8, which is what Django assumes without a charset.
"""

import codecs
from collections.abc import Iterable
from email.message import Message
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.utils.http import parse_header_parameters

from vipratech.error_pages import refuse

UTF_8 = {"utf-8", "ascii"}  # ASCII is a part of UTF-8
FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}


class RequestCharset:
    """A WSGI application that passes requests on as UTF-8, and refuses forms in another charset."""

    def __init__(self, application: WSGIApplication) -> None:
        self.application = application

    def __call__(self, request: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Respond with 400 if a form is in another charset or its type cannot be read."""
        header = request.get("CONTENT_TYPE", "")
        if not header:
            return self.application(request, start_response)
        try:
            content_type, parameters = parse_header_parameters(header)
        except ValueError:  # a parameter in a charset that Python does not know (RFC 2231)
            return refuse(start_response, 400)
        if "charset" in parameters:
            if content_type in FORMS and not is_utf_8(parameters["charset"]):
                return refuse(start_response, 400)
            request["CONTENT_TYPE"] = without_charset(header)
        return self.application(request, start_response)


def is_utf_8(charset: str) -> bool:
    """Whether the name means UTF-8. An unknown name is ignored, as Django does."""
    try:
        return codecs.lookup(charset).name in UTF_8
    except (LookupError, ValueError):
        return True


def without_charset(header: str) -> str:
    """The Content-Type with its other parameters, such as a form's boundary."""
    message = Message()
    message["content-type"] = header
    message.del_param("charset")
    return str(message["content-type"])
