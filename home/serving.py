"""Serves a public page again without asking Wagtail for site, route and restrictions each time.

Wagtail's view costs five to nine queries before a page is rendered, and the answer is the same for
everybody as long as the page is live and public.
"""

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from wagtail.models import Page
from wagtail.views import serve as wagtail_serve

import memory

ServePage = Callable[[Page, HttpRequest, Any, Any], Any]


def serve(request: HttpRequest, path: str) -> HttpResponseBase:
    """Serve a page that was public a moment ago, or let Wagtail find it."""
    page = memory.recall(key_of(request)) if request.method in ("GET", "HEAD") else None
    if page is None:
        return wagtail_serve(request, path)
    request.is_public_page = True  # type: ignore[attr-defined]
    return page.serve(request)


def remember_if_public(serve_page: ServePage) -> ServePage:
    """A hook, `on_serve_page`: the innermost, which is called once Wagtail lets a visitor see the
    page.

    Somebody with a Django session may be allowed to see a private one, nobody else is.
    """

    def serve_and_remember(page: Page, request: HttpRequest, args: Any, kwargs: Any) -> Any:
        begun_at, generation = time.monotonic(), memory.generation()
        if page.live and not (args or kwargs or is_private(page, request)):
            request.is_public_page = True  # type: ignore[attr-defined]
            memory.store(key_of(request), page, begun_at, generation)
        return serve_page(page, request, args, kwargs)

    return serve_and_remember


def is_private(page: Page, request: HttpRequest) -> bool:
    """Whether a page that this visitor may see has a restriction."""
    has_session = settings.SESSION_COOKIE_NAME in request.COOKIES
    return has_session and bool(page.get_view_restrictions().exists())


def key_of(request: HttpRequest) -> tuple[str, ...]:
    """Identifies a page by its address."""
    return "page", request.scheme or "", request.get_host(), request.path
