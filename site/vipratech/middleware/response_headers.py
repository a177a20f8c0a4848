"""Headers that no other middleware sets: who may keep a response, and what its page may use."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

# Pages with somebody's data are not kept at all; the basket and the catalogue of a visitor with a
# Django session are asked for again, so that the Back button shows their present state.
WITH_DATA = ("/accounts/", "/admin/", "/checkout/", "/demo/", "/django-admin/", "/orders/")
BASKET = "/checkout/"
NOT_USED = ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")
PERMISSIONS_POLICY = ", ".join(f"{feature}=()" for feature in NOT_USED)


class ResponseHeadersMiddleware:
    """Sets Cache-Control where the view has not, and Permissions-Policy everywhere."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Add the headers."""
        response = self.get_response(request)
        if not request.path.startswith(settings.MEDIA_URL):  # private files have the header
            response.headers.setdefault("Cache-Control", cache_control(request.path))
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        return response


def cache_control(path: str) -> str:
    """How a response may be kept."""
    is_data = path.startswith(WITH_DATA) and path != BASKET
    return "private, no-store" if is_data else "private, no-cache"
