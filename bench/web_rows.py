"""The rows of bench/web.py."""

import urllib.request
from collections.abc import Iterator
from pathlib import Path

import brotli

from bench.table import Row
from bench.web import Server, ratio
from bench.web_content import Content


def measure(shop: Server, limit: Server, content: Content) -> Iterator[Row]:
    """Measure one row after the other."""
    home, product = f"{shop.url}/", f"{shop.url}{content.product_path}"
    page = f"{limit.url}/"
    # First: the signatures are valid for five minutes.
    yield ratio(
        "webhook, a new order each",
        0.5,
        f"{shop.url}/stripe/webhook/",
        f"{limit.url}/webhook/",
        scripts=(content.events, content.limit_events),
    )
    yield Row("events without an order", content.count_lost(), 0, is_most=True)
    yield ratio("home, cached", 1.0, home, page)
    yield ratio("product, cached", 1.0, product, page)
    yield ratio("home, basket in the session", 0.10, home, page, cookie=content.visitor)
    yield ratio("product, basket in the session", 0.09, product, page, cookie=content.visitor)
    yield ratio("home, logged in, 20 orders", 0.17, home, page, cookie=content.shopper)
    yield ratio("my orders", 0.14, f"{shop.url}/orders/", page, cookie=content.shopper)
    yield ratio("basket page", 0.14, f"{shop.url}/checkout/", page, cookie=content.shopper)
    for pid in shop.workers:
        yield Row("memory of a process, PSS in MB", memory(pid, "Pss"), 75, is_most=True)
        yield Row("memory of a process, RSS in MB", memory(pid, "Rss"), 115, is_most=True)
    html, css, scripts = sizes(shop.url)
    yield Row("home over the wire, kB", html, 4, is_most=True)
    yield Row("its style sheets, kB", css, 27, is_most=True)
    yield Row("its scripts, kB", scripts, 3, is_most=True)


def memory(pid: int, name: str) -> float:
    """A figure of a process's memory, in MB."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1000
    raise LookupError(name)


def sizes(url: str) -> tuple[float, float, float]:
    """Kilobytes of a page, its style sheets and its scripts, compressed with brotli."""
    body, html = fetch(f"{url}/")
    text = html.decode()
    found = {"css": 0, "js": 0}
    for part in text.split('"'):
        for kind in found:
            if part.startswith("/static/") and part.endswith(f".{kind}"):
                found[kind] += fetch(url + part)[0]
    return body / 1000, found["css"] / 1000, found["js"] / 1000


def fetch(url: str) -> tuple[int, bytes]:
    """The bytes over the wire, and the content."""
    request = urllib.request.Request(url, headers={"Accept-Encoding": "br"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
        body = response.read()
        packed = response.headers["Content-Encoding"] == "br"
    return len(body), brotli.decompress(body) if packed else body
