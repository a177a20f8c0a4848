"""The page cache: what comes from it, what never does, and how soon a change is seen."""

import gzip
import threading
import time
from collections.abc import Callable
from typing import Any

import brotli
import pytest
from django.conf import settings as django_settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from pytest_django import DjangoAssertNumQueries, Settings
from wagtail.models import PageViewRestriction

import memory
from products.models import ProductPage
from shop_settings.models import ShopSettings
from tests.conftest import publish
from vipratech.middleware import page_cache
from vipratech.middleware.page_cache import (
    CachedPages,
    PageCacheMiddleware,
    coding_for,
    pages,
)

pytestmark = pytest.mark.django_db


def address(page: ProductPage) -> str:
    """The path of a page."""
    return str(page.get_url())


@pytest.fixture
def warm(client: Client, lamp: ProductPage) -> str:
    """The path of a page that is in the cache."""
    path = address(lamp)
    assert client.get(path).status_code == 200
    return path


@pytest.mark.parametrize("query", ["", "?utm_source=x", "?page=2&x=1"])
def test_a_page_costs_no_query_the_second_time_whatever_the_query_string(
    client: Client, warm: str, query: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        response = client.get(warm + query)
    assert "Brass lamp" in response.text
    assert response["Cache-Control"] == page_cache.CACHE_CONTROL
    assert {"Accept-Encoding", "Cookie"} <= {name.strip() for name in response["Vary"].split(",")}
    assert len(pages.entries) == 1


def test_a_cached_page_has_the_headers_of_the_first_one(client: Client, lamp: ProductPage) -> None:
    first, second = client.get(address(lamp)), client.get(address(lamp))
    assert first["X-Request-ID"] != second["X-Request-ID"]
    del first["X-Request-ID"], second["X-Request-ID"]
    assert dict(first.items()) == dict(second.items())
    for name in ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy"):
        assert second[name]


def test_cookies_other_than_the_sessions_do_not_matter(
    client: Client, warm: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.cookies["tracker"] = "1"
    with django_assert_num_queries(0):
        assert client.get(warm).status_code == 200


def test_whoever_has_a_session_gets_a_page_of_their_own(member: Client, warm: str) -> None:
    response = member.get(warm)
    assert "My orders" in response.text
    assert response["Cache-Control"] == "private, no-cache"
    assert "ann@example.com" not in Client().get(warm).text


def test_a_visitor_with_a_basket_sees_its_count_and_nobody_else_does(
    client: Client, lamp: ProductPage, warm: str
) -> None:
    data = {"product": str(lamp.product_key), "quantity": "3"}
    client.post("/basket/", data, headers={"sec-fetch-site": "same-origin"})
    assert "basket-count" in client.get(warm).text
    assert "basket-count" not in Client().get(warm).text


def test_a_new_price_is_shown_at_once_by_the_process_that_published(
    client: Client, lamp: ProductPage, warm: str
) -> None:
    publish(lamp, price="1799.00")
    assert "1,799" in client.get(warm).text


def test_another_process_shows_it_within_two_seconds(
    client: Client, lamp: ProductPage, warm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = dict(pages.entries)
    publish(lamp, price="1799.00")
    pages.entries.update(kept)  # as in a process that has not noticed yet
    assert "1,499" in client.get(warm).text
    make_older(1.6, monkeypatch)
    assert "1,799" in client.get(warm).text


def test_what_a_response_is_made_of_is_not_older_than_two_seconds_in_all() -> None:
    layers = 3  # the response, its parts, and the page and settings that they show
    assert layers * memory.LIFETIME + 0.5 <= 2


@pytest.mark.parametrize("change", ["unpublish", "delete", "restrict", "rename the shop"])
def test_what_changes_a_page_empties_the_cache(
    client: Client, lamp: ProductPage, warm: str, change: str
) -> None:
    if change == "unpublish":
        lamp.unpublish()
    elif change == "delete":
        lamp.delete()
    elif change == "restrict":
        PageViewRestriction.objects.create(page=lamp, restriction_type="login")
    else:
        ShopSettings.objects.create(name="Lamps & Co")
    response = client.get(warm)
    if change == "rename the shop":
        assert "Lamps &amp; Co" in response.text
    else:
        assert response.status_code in (302, 404)
        assert not pages.entries


def test_a_private_page_that_one_visitor_may_see_is_shown_to_nobody_else(
    client: Client, member: Client, lamp: ProductPage
) -> None:
    PageViewRestriction.objects.create(page=lamp, restriction_type="login")
    assert member.get(address(lamp)).status_code == 200
    assert client.get(address(lamp)).status_code == 302
    client.cookies[django_settings.SESSION_COOKIE_NAME] = "of-nobody"
    assert client.get(address(lamp)).status_code == 302


def test_other_pages_and_methods_are_not_kept(client: Client, lamp: ProductPage) -> None:
    for path in ("/accounts/login/", "/checkout/", "/no-such-page/", "/robots.txt", "/healthz"):
        client.get(path)
    client.post(address(lamp))
    assert not pages.entries


def test_a_foreign_host_is_refused_and_not_kept(client: Client, warm: str) -> None:
    assert client.get(warm, headers={"host": "evil.example"}).status_code == 400
    assert len(pages.entries) == 1


def test_a_preview_neither_comes_from_the_cache_nor_gets_into_it(
    lamp: ProductPage, warm: str
) -> None:
    lamp.title = "A draft"
    response = lamp.make_preview_request()
    assert "A draft" in response.rendered_content
    assert "A draft" not in Client().get(warm).text


def test_the_entity_tag_saves_the_body(client: Client, warm: str) -> None:
    etag = client.get(warm)["ETag"]
    unchanged = client.get(warm, headers={"if-none-match": f'"other", {etag}'})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert unchanged["Cache-Control"] == page_cache.CACHE_CONTROL
    assert client.get(warm, headers={"if-none-match": '"other"'}).status_code == 200


def test_a_head_request_has_the_length_and_no_body(client: Client, warm: str) -> None:
    response, page = client.head(warm), client.get(warm)
    assert response.content == b""
    assert response["Content-Length"] == str(len(page.content))


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("", ""),
        ("gzip, deflate, br", "br"),
        ("gzip;q=0.8, *;q=0.1", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("BR ; Q=0.0", ""),
        ("identity", ""),
        ("x" * 9000, ""),
    ],
)
def test_the_best_coding_that_the_browser_accepts(accepted: str, coding: str) -> None:
    assert coding_for(accepted) == coding


def test_the_compressed_page_is_the_page(client: Client, warm: str) -> None:
    plain = client.get(warm).content
    packed = {
        coding: client.get(warm, headers={"accept-encoding": coding}) for coding in ("br", "gzip")
    }
    assert brotli.decompress(packed["br"].content) == plain
    assert gzip.decompress(packed["gzip"].content) == plain
    assert packed["br"]["Content-Length"] == str(len(packed["br"].content))


# The middleware alone, where a real page could not be made to behave so.

Answer = Callable[[HttpRequest], HttpResponse]


def ask(answer: Answer, path: str = "/") -> Any:
    """A response through the middleware."""
    request = RequestFactory().get(path)
    request.is_public_page = True  # type: ignore[attr-defined]
    return PageCacheMiddleware(answer)(request)


def page(text: str) -> Answer:
    """A view."""
    return lambda request: HttpResponse(text)


def broken(request: HttpRequest) -> HttpResponse:
    """What Django makes of a view without a database."""
    return HttpResponse("down", status=503)


def make_older(seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let time pass."""
    now = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: now() + seconds)


def test_an_old_page_is_sent_while_the_database_is_down_for_five_minutes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ask(page("old"))
    make_older(290, monkeypatch)
    assert ask(broken).content == b"old"
    make_older(20, monkeypatch)
    assert ask(broken).status_code == 503
    assert ask(page("new")).content == b"new"


def test_one_thread_renders_and_the_others_get_the_old_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ask(page("old"))
    make_older(2, monkeypatch)
    begun, go_on = threading.Event(), threading.Event()

    def slow(request: HttpRequest) -> HttpResponse:
        begun.set()
        assert go_on.wait(10)
        return HttpResponse("new")

    found: list[bytes] = []
    renderer = threading.Thread(target=lambda: found.append(ask(slow).content))
    renderer.start()
    assert begun.wait(10)
    assert ask(page("must not be rendered")).content == b"old"
    go_on.set()
    renderer.join(10)
    assert found == [b"new"]
    assert ask(page("must not be rendered")).content == b"new"


def test_a_page_that_was_begun_before_a_publish_is_not_kept() -> None:
    def published_meanwhile(request: HttpRequest) -> HttpResponse:
        pages.clear()
        return HttpResponse("old price")

    assert ask(published_meanwhile).content == b"old price"
    assert not pages.entries


def test_an_error_while_rendering_lets_the_next_request_try_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ask(page("old"))
    make_older(2, monkeypatch)

    def raising(request: HttpRequest) -> HttpResponse:
        raise OperationalError

    with pytest.raises(OperationalError):
        ask(raising)
    assert ask(page("new")).content == b"new"


@pytest.mark.parametrize("kind", ["cookie", "not public", "status"])
def test_a_response_for_one_visitor_is_not_kept(kind: str) -> None:
    response = HttpResponse("mine", status=404 if kind == "status" else 200)
    if kind == "cookie":
        response.set_cookie(django_settings.SESSION_COOKIE_NAME, "x")
    request = RequestFactory().get("/")
    request.is_public_page = kind != "not public"  # type: ignore[attr-defined]
    assert PageCacheMiddleware(lambda request: response)(request) is response
    assert not pages.entries


def test_the_cache_does_not_grow_beyond_its_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_cache, "MOST_ENTRIES", 3)
    for number in range(5):
        ask(page("x"), f"/{number}")
    assert [key[-1] for key in pages.entries] == ["/2", "/3", "/4"]
    monkeypatch.setattr(page_cache, "MOST_BYTES", 5000)
    ask(page("x" * 3000), "/large")
    ask(page("x" * 3000), "/larger")
    assert [key[-1] for key in pages.entries] == ["/larger"]
    assert pages.size == sum(entry.size for entry in pages.entries.values())


# In front of Django


def wsgi(**environ: str) -> tuple[str, dict[str, str], bytes]:
    """A response through the WSGI application in front of Django; `passed on` if it has none."""
    found: list[Any] = []

    def passed_on(request: Any, start_response: Any) -> list[bytes]:
        start_response("599 passed on", [])
        return []

    request = {**RequestFactory().get("/").environ, **environ}
    body = CachedPages(passed_on)(request, lambda status, headers: found.extend((status, headers)))  # type: ignore[arg-type]
    return found[0], dict(found[1]), b"".join(body)


def test_a_fresh_page_never_reaches_django(monkeypatch: pytest.MonkeyPatch) -> None:
    assert wsgi()[0] == "599 passed on"
    rendered = ask(page("hello " * 100))
    status, headers, body = wsgi()
    assert (status, body) == ("200 OK", rendered.content)
    assert headers == dict(rendered.items())
    assert brotli.decompress(wsgi(HTTP_ACCEPT_ENCODING="br")[2]) == rendered.content
    assert wsgi(HTTP_IF_NONE_MATCH=rendered["ETag"])[::2] == ("304 Not Modified", b"")
    assert wsgi(REQUEST_METHOD="HEAD")[::2] == ("200 OK", b"")
    make_older(1.6, monkeypatch)
    assert wsgi()[0] == "599 passed on"


@pytest.mark.parametrize(
    "environ",
    [
        {"REQUEST_METHOD": "POST"},
        {"HTTP_COOKIE": "a=b; sessionid=x"},
        {"HTTP_HOST": "evil.example"},
        {"PATH_INFO": "/other/"},
        {"wsgi.url_scheme": "https"},
    ],
)
def test_what_is_not_exactly_the_same_request_reaches_django(environ: dict[str, str]) -> None:
    ask(page("hello"))
    assert wsgi(**environ)[0] == "599 passed on"


def test_behind_a_proxy_its_scheme_counts(settings: Settings) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    ask(page("redirects to https"))
    assert wsgi()[0] == "200 OK"
    assert wsgi(HTTP_X_FORWARDED_PROTO="https")[0] == "599 passed on"
