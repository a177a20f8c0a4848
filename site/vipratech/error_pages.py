"""The pages that say why a request failed. All of them use templates/error_page.html."""

import sys
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from wsgiref.types import StartResponse

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

RETRY_AFTER = 30  # seconds; a database that was restarted is back by then


@dataclass(frozen=True)
class ErrorText:
    """What an error page says."""

    title: Any
    text: Any


EXPIRED_FORM = ErrorText(
    _("This form has expired"),
    _(
        "It was open for too long, or your browser does not accept cookies. Nothing was changed and"
        " nothing was charged. Go back, reload the page and try again."
    ),
)
WORDS = {
    400: ErrorText(
        _("We couldn't read this request"),
        _("Go back, reload the page and try again. Nothing was changed."),
    ),
    403: ErrorText(
        _("You don't have permission to view this page"),
        _("If it belongs to another account of yours, log in with that account."),
    ),
    404: ErrorText(
        _("We couldn't find this page"),
        _("The address may be misspelled, or the product may no longer be available."),
    ),
    411: ErrorText(
        _("We couldn't read this request"),
        _("The request has no Content-Length header."),
    ),
    413: ErrorText(
        _("This is too large to send"),
        _("Go back, choose fewer or smaller files, and try again."),
    ),
    429: ErrorText(
        _("Too many attempts"),
        _("Please wait a few minutes, then try again."),
    ),
    503: ErrorText(
        _("The shop can't be reached right now"),
        _(
            "We are working on it. Please try again in a minute. If you were paying, please do not"
            " pay again: if your payment went through, your order will appear under My orders."
        ),
    ),
    500: ErrorText(
        _("Something went wrong on our side"),
        _(
            "If you were paying, please do not pay again. If your payment went through, your order"
            " will appear under My orders within a few minutes."
        ),
    ),
}


def error_page(request: HttpRequest, status: int, words: ErrorText | None = None) -> HttpResponse:
    """The error page for a status, inside the shop's usual layout."""
    context = {"words": words or WORDS[status], "layout": "base.html"}
    return HttpResponse(render_to_string("error_page.html", context, request), status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400, which it also calls for a request with too much data."""
    return error_page(request, 413 if isinstance(exception, RequestDataTooBig) else 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler403."""
    return error_page(request, 403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404."""
    return error_page(request, 404)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF_FAILURE_VIEW."""
    return error_page(request, 403, EXPIRED_FORM)


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """allauth's handler429, for its rate limits."""
    return error_page(request, 429)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500. It uses no database, no session and no list of static files.

    Any of these may be what failed. While the database cannot be reached, the status is 503.
    """
    if isinstance(sys.exc_info()[1], (OperationalError, InterfaceError)):
        headers = {"Retry-After": str(RETRY_AFTER)}
        return HttpResponse(plain_page(503), status=503, headers=headers)
    return HttpResponse(plain_page(500), status=500)


def plain_page(status: int) -> str:
    """The error page for a status, without anything that depends on the request or the database."""
    return render_to_string(
        "error_page.html", {"words": WORDS[status], "layout": "error_layout.html"}
    )


def refuse(start_response: StartResponse, status: int) -> list[bytes]:
    """Respond to a WSGI request with an error page, and close the connection.

    The rest of the body is not read.
    """
    headers = [("Content-Type", "text/html; charset=utf-8"), ("Connection", "close")]
    start_response(f"{status} {HTTPStatus(status).phrase}", headers)
    return [plain_page(status).encode()]
