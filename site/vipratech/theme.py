"""The shop's own colour, as a style sheet of its own: the content policy allows none in a page."""

import re

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

A_YEAR = 365 * 24 * 3600  # seconds; another colour has another address


@require_GET
@cache_control(public=True, max_age=A_YEAR, immutable=True)
def theme(request: HttpRequest, colour: str) -> HttpResponse:
    """A style sheet that sets the accent colour; `colour` is six hexadecimal digits. Raises
    Http404 for anything else.
    """
    if not re.fullmatch("[0-9a-f]{6}", colour):
        raise Http404
    red, green, blue = (int(colour[start : start + 2], 16) for start in (0, 2, 4))
    darker = f"color-mix(in srgb, #{colour} 80%, #000)"
    css = (
        f":root{{--madder:#{colour};--madder-deep:{darker};--bs-link-color:#{colour};"
        f"--bs-link-color-rgb:{red},{green},{blue};--bs-link-hover-color:{darker}}}"
    )
    return HttpResponse(css, content_type="text/css")
