"""Who may use the sandbox: only known host names, and no pages of other sites.

A web page that is open in the developer's browser can send requests to a server on the same
machine. It can name that server by a domain of its own (DNS rebinding), so the ``Host`` header is
checked, and it can post forms, so the browser's ``Sec-Fetch-Site`` and ``Origin`` are checked.
"""

from collections.abc import Collection
from urllib.parse import urlsplit

from stripe_sandbox.http_server import Request

LOOPBACK = ("localhost", "127.0.0.1", "::1")


def host_name(host: str) -> str:
    """The name in a ``Host`` header, without the port; empty if it is malformed."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def refused_host(request: Request, allowed: Collection[str]) -> str:
    """Why the host name of a request is refused, or an empty string."""
    name = host_name(request.headers.get("host", ""))
    if name in allowed:
        return ""
    return (
        f"The sandbox does not answer under the host name {name!r}. "
        "To allow it, add it to SANDBOX_ALLOWED_HOSTS."
    )


def is_from_another_site(request: Request) -> bool:
    """Whether a page of another origin sent the request.

    Other ports of the same host are ``same-site``, but another origin. Programs that are not
    browsers send neither header.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is not None and origin.partition("://")[2] != request.headers.get("host")
