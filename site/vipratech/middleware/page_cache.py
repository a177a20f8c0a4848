"""Keeps public pages for half a second: a visitor without a Django session costs next to nothing.

Only GET and HEAD requests without the session cookie are served from here, and only pages that
Wagtail served as live and unrestricted (`request.is_public_page`, which a hook sets). Nothing else
in a request changes such a page, so neither other cookies nor a query string are part of the key,
and nobody can fill the cache or get around it with them. Lists are the exception: their view says
which part of the query it has read (`request.list_query`), and only that part counts.

An entry lives for LIFETIME in each process. One thread renders it again while the others still send
the old one. If the database fails, an entry is sent until it is LONGEST old.
"""

import gzip
import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import brotli
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, QueryDict
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags

from memory import LIFETIME
from products.listing import read

LONGEST = 300.0  # seconds; a price that is too old does no harm: the price check asks the shopper
MOST_ENTRIES, MOST_BYTES = 1000, 32 * 1024 * 1024
# A shared cache in front sends a page for three seconds, and two more while it fetches the next.
CACHE_CONTROL = "public, max-age=0, s-maxage=3, stale-while-revalidate=2"
OWN_HEADERS = ("Content-Length", "Content-Encoding")

Key = tuple[str, ...]  # what the server says about the request: scheme, host, path


@dataclass(frozen=True)
class Entry:
    """A page as it is sent. Its age is counted from before it was rendered."""

    begun_at: float
    headers: dict[str, str]
    etag: str
    bodies: dict[str, bytes]  # by content coding; "" is the page itself

    @property
    def age(self) -> float:
        """In seconds."""
        return time.monotonic() - self.begun_at

    @property
    def size(self) -> int:
        """In bytes."""
        return sum(map(len, self.bodies.values()))


@dataclass
class PageCache:
    """The entries of one process, the one that was used last at the end."""

    entries: OrderedDict[Key, Entry] = field(default_factory=OrderedDict)
    size: int = 0
    generation: int = 0  # how often it was emptied
    lists: set[Key] = field(default_factory=set)  # keys, without a query, of pages that read one
    _rendering: set[Key] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def fresh(self, key: Key) -> Entry | None:
        """The entry, if nobody has to render the page again."""
        entry = self.entries.get(key)
        return entry if entry and entry.age < LIFETIME else None

    def look_up(self, key: Key) -> tuple[Entry | None, bool]:
        """The entry, and whether the caller has to render the page: it then calls `rendered`."""
        with self._lock:
            entry = self.entries.get(key)
            if entry is None:
                return None, True
            self.entries.move_to_end(key)
            if entry.age < LIFETIME or key in self._rendering:
                return entry, False
            self._rendering.add(key)
            return entry, True

    def rendered(self, key: Key) -> None:
        """Record that the page was rendered, or that this failed."""
        with self._lock:
            self._rendering.discard(key)

    def store(self, key: Key, entry: Entry, generation: int) -> None:
        """Keep an entry, unless the cache was emptied since it was begun."""
        with self._lock:
            if generation != self.generation:
                return
            self._drop(key)
            self.entries[key] = entry
            self.size += entry.size
            while len(self.entries) > MOST_ENTRIES or self.size > MOST_BYTES:
                self._drop(next(iter(self.entries)))

    def drop(self, key: Key) -> None:
        """Forget a page that is not public any more."""
        with self._lock:
            self._drop(key)

    def clear(self) -> None:
        """Forget everything: something was published in this process."""
        with self._lock:
            self.entries.clear()
            self.size = 0
            self.generation += 1

    def _drop(self, key: Key) -> None:
        old = self.entries.pop(key, None)
        self.size -= old.size if old else 0


pages = PageCache()


class CachedPages:
    """A WSGI application that sends fresh entries, and passes everything else on to another.

    An entry exists only if Django has accepted a request with exactly this scheme, host and path.
    """

    def __init__(self, application: WSGIApplication) -> None:
        self.application = application

    def __call__(self, request: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Send an entry, or let Django respond."""
        entry = pages.fresh(key_of(request)) if may_be_cached(request) else None
        if entry is None:
            return self.application(request, start_response)
        reply = reply_of(entry, request)
        phrase = HTTPStatus(reply.status).phrase
        start_response(f"{reply.status} {phrase}", list(reply.headers.items()))
        return [reply.body]


class PageCacheMiddleware:
    """After the health checks and the request ids, and outside everything else: what it sends has
    passed all the others once.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Send an entry, or render the page and keep it."""
        if getattr(request, "is_dummy", False) or not may_be_cached(request.META):
            return self.get_response(request)  # a dummy request is Wagtail's own, for a preview
        key = key_of(request.META)
        entry, is_due = pages.look_up(key)
        if entry and not is_due:
            return send(entry, request)
        begun_at, generation = time.monotonic(), pages.generation
        try:
            response = self.get_response(request)
        finally:
            pages.rendered(key)
        if entry and response.status_code >= 500 and entry.age < LONGEST:
            return send(entry, request)
        if not is_public(request, response):
            pages.drop(key)
            return response
        fresh = entry_of(response, begun_at)
        if hasattr(request, "list_query"):
            pages.lists.add(address_of(request.META))
            key = key_of(request.META)
        pages.store(key, fresh, generation)
        return send(fresh, request)


def may_be_cached(request: Mapping[str, Any]) -> bool:
    """Whether the response may come from the cache. `request` is the WSGI environment."""
    is_read = request.get("REQUEST_METHOD") in ("GET", "HEAD")
    return is_read and settings.SESSION_COOKIE_NAME not in request.get("HTTP_COOKIE", "")


def key_of(request: Mapping[str, Any]) -> Key:
    """Identifies the page that is asked for."""
    address, query = address_of(request), request.get("QUERY_STRING", "")
    if not query or address not in pages.lists:
        return address
    part = read(QueryDict(query, encoding="utf-8")).query
    return (*address, part) if part else address


def address_of(request: Mapping[str, Any]) -> Key:
    """Everything that Django takes the address of a page from."""
    proxy = settings.SECURE_PROXY_SSL_HEADER
    return (
        request.get("wsgi.url_scheme", ""),
        request.get(proxy[0], "") if proxy else "",
        request.get("HTTP_HOST", "")
        or f"{request.get('SERVER_NAME')}:{request.get('SERVER_PORT')}",
        request.get("PATH_INFO", ""),
    )


def is_public(request: HttpRequest, response: HttpResponse) -> bool:
    """Whether everybody without a Django session gets this response."""
    return (
        getattr(request, "is_public_page", False)
        and response.status_code == 200
        and not response.cookies
        and not response.streaming
    )


def entry_of(response: HttpResponse, begun_at: float) -> Entry:
    """What is kept of a response."""
    response["Cache-Control"] = CACHE_CONTROL
    patch_vary_headers(response, ["Accept-Encoding", "Cookie"])
    body = response.content
    compressed = {
        "": body,
        "gzip": gzip.compress(body, 6, mtime=0),
        "br": brotli.compress(body, quality=5),
    }
    etag = f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    headers = {name: value for name, value in response.items() if name not in OWN_HEADERS}
    return Entry(begun_at, headers | {"ETag": etag}, etag, compressed)


@dataclass(frozen=True)
class Reply:
    """What is sent to one visitor."""

    status: int
    headers: dict[str, str]
    body: bytes


def reply_of(entry: Entry, request: Mapping[str, Any]) -> Reply:
    """An entry in the coding that the visitor accepts, or 304 without a body."""
    known = request.get("HTTP_IF_NONE_MATCH", "")
    if known and entry.etag in parse_etags(known):
        return Reply(304, entry.headers, b"")
    coding = coding_for(request.get("HTTP_ACCEPT_ENCODING", ""))
    body = entry.bodies[coding]
    headers = entry.headers | {"Content-Length": str(len(body))}
    if coding:
        headers["Content-Encoding"] = coding
    return Reply(200, headers, b"" if request.get("REQUEST_METHOD") == "HEAD" else body)


def send(entry: Entry, request: HttpRequest) -> HttpResponse:
    """Make a Django response from an entry."""
    reply = reply_of(entry, request.META)
    if reply.status == 304:
        return HttpResponseNotModified(headers=reply.headers)
    return HttpResponse(reply.body, headers=reply.headers)


def coding_for(accepted: str) -> str:
    """The best content coding for an Accept-Encoding header (RFC 9110, section 12.5.3)."""
    codings = [part.replace(" ", "") for part in accepted.lower().split(",")]
    names = {part.partition(";")[0] for part in codings if not is_refused(part)}
    return next((name for name in ("br", "gzip") if name in names), "")


def is_refused(coding: str) -> bool:
    """Whether a part of the header has the weight 0."""
    weight = coding.partition(";q=")[2]
    return weight != "" and not weight.strip("0.")
