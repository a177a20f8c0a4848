"""The real library pointed at a sandbox, and an endpoint that receives its events."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from stripe import RequestsClient, StripeClient
from stripe.checkout import Session

from stripe_sandbox import Sandbox

SECRET = "whsec_of_the_tests"
NewSession = Callable[..., Session]


class Delivery(NamedTuple):
    """A webhook request that arrived."""

    headers: dict[str, str]
    body: bytes


class Endpoint:
    """A shop's webhook: it records the requests and returns the statuses in ``answers``."""

    def __init__(self) -> None:
        self.received: list[Delivery] = []
        self.answers: list[int] = []  # one per request; when used up, 200
        self.headers: dict[str, str] = {}
        self.begun = threading.Event()  # a request has come in, answered or not
        self.wait = threading.Event()  # cleared, requests are held
        self.wait.set()
        self._arrived = threading.Condition()
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = endpoint.take(Delivery(dict(self.headers), body))
                self.send_response(status)
                for name, value in endpoint.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Log nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook/?from=sandbox"
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def take(self, delivery: Delivery) -> int:
        """Record a request. Returns the status of its response."""
        self.begun.set()
        self.wait.wait(15)
        with self._arrived:
            self.received.append(delivery)
            self._arrived.notify_all()
            return self.answers.pop(0) if self.answers else 200

    def wait_for(self, count: int, seconds: float = 8) -> list[Delivery]:
        """The deliveries, once there are that many."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.received) >= count, seconds), len(
                self.received
            )
            return list(self.received)

    def close(self) -> None:
        """Stop listening."""
        self.wait.set()
        self.server.shutdown()
        self.server.server_close()
        self._thread.join(5)


def client_of(
    sandbox: Sandbox, key: str = "sk_test_local", *, retries: int = 0, timeout: float = 10
) -> StripeClient:
    """The real library, pointed at a sandbox; seconds until it gives up on an answer."""
    http = RequestsClient(timeout=timeout)
    return StripeClient(
        key, base_addresses={"api": sandbox.url}, max_network_retries=retries, http_client=http
    )


def price_of(
    client: StripeClient, amount: int, currency: str = "inr", name: str = "Brass lamp"
) -> str:
    """A new product's new price; its id. The amount is in minor units."""
    product = client.v1.products.create({"name": name})
    price = client.v1.prices.create(
        {"product": product.id, "currency": currency, "unit_amount": amount}
    )
    return price.id
