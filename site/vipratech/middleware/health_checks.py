"""Answers health checks before any other middleware: a check asks for `localhost` or an IP address,
which ALLOWED_HOSTS need not contain, and it uses plain HTTP.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from vipratech.health import healthz, readyz

CHECKS = {"/healthz": healthz, "/readyz": readyz}


class HealthChecksMiddleware:
    """First in MIDDLEWARE."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Respond to a health check, or pass the request on."""
        return CHECKS.get(request.path, self.get_response)(request)
