"""The rows of bench/web.py about a Stripe that hangs, and about memory after many requests."""

import socket
import statistics
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event, Thread

from bench.table import Row
from bench.web import Server
from tests.chaos.browser import Browser, Failures, NoForm

LOADS = 200  # of the home page, one after the other
CONNECTIONS = 8
FIRST, LAST = 20_000, 100_000  # requests


@contextmanager
def hanging(port: int) -> Iterator[None]:
    """A Stripe that accepts every connection and never answers."""
    with socket.create_server(("127.0.0.1", port), backlog=128) as listener:
        held: list[socket.socket] = []
        Thread(target=accept_all, args=(listener, held), daemon=True).start()
        try:
            yield
        finally:
            for connection in held:
                connection.close()


def accept_all(listener: socket.socket, held: list[socket.socket]) -> None:
    """Keep every connection open until the listener is closed."""
    while True:
        try:
            held.append(listener.accept()[0])
        except OSError:
            return


def while_stripe_hangs(shop: Server, cookies: list[str]) -> Iterator[Row]:
    """How much longer the home page takes while people press Pay, as a multiple."""
    normal = time_of_home(shop.url)
    for count in (4, len(cookies)):
        with pressing(shop.url, cookies[:count]) as answers:
            found = time_of_home(shop.url)
        about = f"{found * 1000:.1f} ms, {normal * 1000:.1f} ms without them; answers {answers}"
        yield Row(f"home while {count} press Pay and Stripe hangs", found / normal, 2, about, True)


def time_of_home(url: str) -> float:
    """The median time of the home page in seconds, loaded over some ten seconds."""
    times = []
    for _ in range(LOADS):
        begun = time.perf_counter()
        urllib.request.urlopen(f"{url}/", timeout=60).read()  # noqa: S310 - our own address
        times.append(time.perf_counter() - begun)
        time.sleep(0.05)
    return statistics.median(times)


@contextmanager
def pressing(url: str, cookies: list[str]) -> Iterator[dict[str, int]]:
    """Shoppers who press Pay, wait for the answer, and press again after a second. Counts the
    answers by status.
    """
    over, answers = Event(), dict[str, int]()
    with ThreadPoolExecutor(len(cookies)) as pool:
        pressed = [pool.submit(press, url, cookie, over, answers) for cookie in cookies]
        time.sleep(2)  # until all of them wait
        try:
            yield answers
        finally:
            over.set()
            for shopper in pressed:
                shopper.result()


def press(url: str, cookie: str, over: Event, answers: dict[str, int]) -> None:
    """One shopper, until it is over."""
    pairs = dict(pair.split("=", 1) for pair in cookie.split("; "))
    browser = Browser(pairs, Failures())
    while not over.is_set():
        page = browser.get(f"{url}/checkout/")
        try:
            answer = browser.send(page.form("token")) if page else None
        except NoForm:
            answer = page
        status = str(answer.status) if answer else "none"
        answers[status] = answers.get(status, 0) + 1
        over.wait(1)


def memory_over_time(shop: Server, cookie: str) -> Iterator[Row]:
    """How much a process grows between two counts of requests, of the cached page and of pages with
    a basket. Its processes must not be replaced meanwhile.
    """
    from bench.web_rows import memory

    send(shop.url, cookie, FIRST)
    before = [memory(pid, "Rss") for pid in shop.workers]
    send(shop.url, cookie, LAST - FIRST)
    after = [memory(pid, "Rss") for pid in shop.workers]
    growth = max(late / early for early, late in zip(before, after, strict=True))
    about = f"{max(before):.0f} MB, then {max(after):.0f} MB"
    yield Row("memory after 100,000 requests, of 20,000", growth, 1.05, about, True)


def send(url: str, cookie: str, count: int) -> None:
    """Send so many requests, one in ten of them with a basket."""
    for share, header in ((0.9, "Accept: */*"), (0.1, f"Cookie: {cookie}")):
        left = count * share
        while left > 0:
            command = ["wrk", "-t1", f"-c{CONNECTIONS}", "-d5s", "-H", "Connection: close"]
            done = subprocess.run(
                [*command, "-H", header, f"{url}/"], capture_output=True, text=True, check=True
            )
            left -= int(done.stdout.partition(" requests in ")[0].split()[-1])
