"""For forms without a CSRF token: pages that may be cached cannot carry one."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

View = Callable[..., HttpResponse]


def same_origin_only(view: View) -> View:
    """Refuse requests that another site's page has sent, or that do not say where they come from.
    Replaces Django's CSRF token.
    """

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if is_same_origin(request):
            return view(request, *args, **kwargs)
        context = {
            "title": _("This form was not sent from our site"),
            "message": _("Your basket has not changed. Open the product here and try again."),
            "back_url": "/",
            "back_text": _("Go to the shop"),
        }
        return render(request, "orders/problem.html", context, status=403)

    return csrf_exempt(checked)


def is_same_origin(request: HttpRequest) -> bool:
    """By `Sec-Fetch-Site`, which pages cannot set (w3.org/TR/fetch-metadata), else by `Origin`,
    which browsers also send without HTTPS, else by `Referer`, which other sites can only leave out.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    ours = {f"{request.scheme}://{request.get_host()}", origin_of(settings.SITE_URL)}
    origin = request.headers.get("Origin")
    if origin is not None:
        return origin in ours
    return origin_of(request.headers.get("Referer", "")) in ours


def origin_of(url: str) -> str:
    """Scheme, host and port of an address; empty for an invalid address."""
    try:
        parts = urlsplit(url)
    except ValueError:  # for example `http://[`
        return ""
    return f"{parts.scheme}://{parts.netloc}"
