"""Answers 400 where one of Wagtail's views fails because of what was sent to it.

Many of these views take it for granted that a request comes from their own forms and links. They
fail when a field is missing, when a number is a word, or when the name of a view is made up.
"""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.urls import NoReverseMatch
from django.utils.datastructures import MultiValueDictKeyError
from django.utils.translation import gettext as _
from wagtail.admin.rich_text import converters

logger = logging.getLogger(__name__)

# What Django and Wagtail raise for a value that they cannot use.
UNUSABLE_VALUE = (KeyError, ValueError, ValidationError, NoReverseMatch)
RICH_TEXT = Path(converters.__path__[0])


class MalformedAdminRequestsMiddleware:
    """Turns some exceptions below /admin/ into a response that says what is wrong.

    They are still logged with their traceback, because a mistake of Wagtail's looks the same.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Return a 400 for a malformed request; None for an error of another kind."""
        if not request.path.startswith("/admin/") or not is_malformed(request, error):
            return None
        logger.warning("Malformed request: %s %s", request.method, request.path, exc_info=error)
        text = _("This request is incomplete or has a value that cannot be used. Reload the page.")
        return HttpResponseBadRequest(text, content_type="text/plain; charset=utf-8")


def is_malformed(request: HttpRequest, error: Exception) -> bool:
    """Whether a view failed because of a missing field or a value in the request."""
    if isinstance(error, MultiValueDictKeyError):
        return True
    if request.method == "POST" and is_unreadable_rich_text(error):
        return True
    match = request.resolver_match
    has_values = request.method == "POST" or request.GET or (match and match.kwargs)
    return (
        bool(has_values)
        and isinstance(error, UNUSABLE_VALUE)
        and not is_raised_by_the_shop(error.__traceback__)
    )


def is_raised_by_the_shop(traceback: TracebackType | None) -> bool:
    """Whether any of the shop's own code was running: its mistakes are not the request's."""
    return any(
        path.is_relative_to(settings.ROOT) and "site-packages" not in path.parts
        for path in files_of(traceback)
    )


def is_unreadable_rich_text(error: Exception) -> bool:
    """Whether Wagtail could not read what was sent as the content of a rich text editor.

    Its converters raise nearly anything, even RecursionError, for what the editor never sends.
    """
    return any(path.parent == RICH_TEXT for path in files_of(error.__traceback__))


def files_of(traceback: TracebackType | None) -> Iterator[Path]:
    """The file of each frame."""
    while traceback:
        yield Path(traceback.tb_frame.f_code.co_filename)
        traceback = traceback.tb_next
