"""Serves a public page again without asking Wagtail for site, route and restrictions each time.

Wagtail's view costs five to nine queries before a page is rendered, and the answer is the same for
everybody as long as the page is live and public.
"""

import time
from collections.abc import Callable
from typing import Any

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
    """A hook, `on_serve_page`: the outermost, which sees what Wagtail did about restrictions.

    Wagtail forbids to cache every response about a restricted page, the login form as well as the
    page itself (`check_view_restrictions` in wagtail/wagtail_hooks.py).
    """

    def serve_and_remember(page: Page, request: HttpRequest, args: Any, kwargs: Any) -> Any:
        begun_at, generation = time.monotonic(), memory.generation()
        response = serve_page(page, request, args, kwargs)
        if page.live and not (args or kwargs or "no-store" in response.get("Cache-Control", "")):
            request.is_public_page = True  # type: ignore[attr-defined]
            memory.store(key_of(request), page, begun_at, generation)
        return response

    return serve_and_remember


def key_of(request: HttpRequest) -> tuple[str, ...]:
    """Identifies a page by its address."""
    return "page", request.scheme or "", request.get_host(), request.path
