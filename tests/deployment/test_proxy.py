"""Slow connections occupy the shop's threads without the proxy, and have no effect behind it.

Needs the program `caddy` (Debian: apt install caddy).
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.deployment.repository import ROOT
from tests.ports import reserved_ports

SLOW = 8  # connections
THREADS = 4
PATIENCE = 5.0  # seconds in which a page must arrive

pytestmark = pytest.mark.skipif(not shutil.which("caddy"), reason="caddy is not installed")


def application(environ: dict[str, object], start_response: object) -> list[bytes]:
    """A shop that reads what is sent to it."""
    environ["wsgi.input"].read()  # type: ignore[attr-defined]
    start_response("200 OK", [("Content-Length", "2")])  # type: ignore[operator]
    return [b"ok"]


@contextmanager
def running(*words: str, port: int, folder: Path, **variables: str) -> Iterator[None]:
    """A program in an empty folder, from when it listens on its port until the end."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    process = subprocess.Popen(
        words, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(200):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture
def addresses(tmp_path: Path) -> Iterator[tuple[int, int]]:
    """The ports of a server like the shop's, and of the proxy in front of it."""
    with reserved_ports(2) as (shop, proxy), servers(shop, proxy, tmp_path):
        yield shop, proxy


@contextmanager
def servers(shop: int, proxy: int, folder: Path) -> Iterator[None]:
    """Both servers, on these ports."""
    gunicorn = [sys.executable, "-m", "gunicorn", "-k", "gthread", "--threads", str(THREADS)]
    bind = ["-b", f"127.0.0.1:{shop}", f"{__name__}:application"]
    caddyfile = folder / "Caddyfile"
    caddyfile.write_text(for_this_version((ROOT / "Caddyfile").read_text()))
    caddy = ["caddy", "run", "--config", str(caddyfile), "--adapter", "caddyfile"]
    names = {
        "SITE_URL": f"http://localhost:{proxy}",
        "SHOP": f"127.0.0.1:{shop}",
        "HOME": str(folder),
    }
    with (
        running(*gunicorn, *bind, port=shop, folder=folder),
        running(*caddy, port=proxy, folder=folder, **names),
    ):
        yield


def for_this_version(config: str) -> str:
    """Debian has Caddy 2.6, which calls `request_buffers` by another name and without a size."""
    version = subprocess.run(["caddy", "version"], capture_output=True, text=True, check=True)
    if version.stdout.lstrip("v").startswith("2.6"):
        return re.sub(r"request_buffers \S+", "buffer_requests", config)
    return config


@contextmanager
def slow_connections(port: int) -> Iterator[None]:
    """Browsers that send the body of a form byte by byte."""
    head = f"POST / HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Length: 1000\r\n\r\n".encode()
    connections = [socket.create_connection(("127.0.0.1", port)) for _ in range(SLOW)]
    for connection in connections:
        connection.sendall(head)
    stop = threading.Event()

    def dribble() -> None:
        while not stop.wait(0.2):
            for connection in connections:
                with suppress(OSError):
                    connection.sendall(b"x")

    thread = threading.Thread(target=dribble)
    thread.start()
    time.sleep(1)  # until the server has given them its threads
    try:
        yield
    finally:
        stop.set()
        thread.join()
        for connection in connections:
            connection.close()


def pages_that_arrive(port: int, count: int) -> int:
    """How many of `count` pages arrive in time."""
    arrived = 0
    for _ in range(count):
        with suppress(OSError):
            url = f"http://localhost:{port}/"
            with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
                arrived += answer.status == 200
    return arrived


def test_slow_connections_stop_nobody_behind_the_proxy(addresses: tuple[int, int]) -> None:
    _shop, proxy = addresses
    with slow_connections(proxy):
        assert pages_that_arrive(proxy, 20) == 20


def test_slow_connections_occupy_the_threads_without_the_proxy(addresses: tuple[int, int]) -> None:
    shop, _proxy = addresses
    assert pages_that_arrive(shop, 20) == 20
    with slow_connections(shop):
        assert pages_that_arrive(shop, 1) == 0


def test_the_proxy_refuses_bodies_and_headers_that_are_too_large(
    addresses: tuple[int, int],
) -> None:
    _shop, proxy = addresses
    for head in (f"Content-Length: {13_000_000}", f"X-Large: {'x' * 40_000}\r\nContent-Length: 0"):
        with socket.create_connection(("127.0.0.1", proxy), PATIENCE) as connection:
            connection.sendall(
                f"POST / HTTP/1.1\r\nHost: localhost:{proxy}\r\n{head}\r\n\r\n".encode()
            )
            with suppress(OSError):
                for _ in range(13):
                    connection.sendall(b"x" * 1_000_000)
            status = connection.recv(64).split()[1]
        assert status in (b"413", b"431", b"502")
