"""The whole sandbox as one object: start it, send requests to ``url``, and control it in tests.

with Sandbox(webhook_url="http://127.0.0.1:8000/stripe/webhook/", webhook_secret="whsec_x") as sandbox:
    client = StripeClient("sk_test_local", base_addresses={"api": sandbox.url})
    ...
    sandbox.pay(session.id)
"""

import json
import logging
import threading
from collections.abc import Collection
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

from stripe_sandbox import access
from stripe_sandbox.api.handler import Api
from stripe_sandbox.checkout_page.page import PaymentPage
from stripe_sandbox.control.controls import Controls, check_seconds
from stripe_sandbox.control.endpoints import Control
from stripe_sandbox.errors import ApiError, unexpected
from stripe_sandbox.faults.rates import Chaos
from stripe_sandbox.http_server import Request, Response, WebServer
from stripe_sandbox.objects import bank_debits
from stripe_sandbox.pages import message
from stripe_sandbox.state import State, StateClosed
from stripe_sandbox.webhooks.deliveries import Deliveries

logger = logging.getLogger(__name__)
API = ("/v1/", "/v2/")
FROM_ANOTHER_SITE = "The sandbox does not accept forms from pages of another origin."
NO_DOCUMENT = "At Stripe, this address shows a receipt or an invoice."
TICK = 1.0  # seconds between two checks for what is due


class Sandbox(Controls):
    """A local Stripe with an account of its own. It listens from ``start`` to ``stop``.

    ``state`` is a file, kept between runs, or ``":memory:"``. Port 0 picks a free one.
    ``public_url`` is where a browser finds the payment pages, by default ``url``. ``bank_seconds``
    is how long a payment from a bank account takes.
    """

    def __init__(
        self,
        state: Path | str = ":memory:",
        host: str = "127.0.0.1",
        port: int = 0,
        public_url: str | None = None,
        webhook_url: str = "",
        webhook_secret: str = "whsec_sandbox",  # noqa: S107 -- signs test events only
        bank_seconds: float = bank_debits.BANK_SECONDS,
        allowed_hosts: Collection[str] = (),
    ) -> None:
        check_seconds(bank_seconds, "bank_seconds")
        stored = State(state)
        stored.bank_seconds = bank_seconds
        stored.webhook_url = webhook_url
        chaos = Chaos()
        deliveries = Deliveries(stored, webhook_secret, chaos)
        super().__init__(
            stored, chaos, Api(stored, chaos), PaymentPage(stored, deliveries), deliveries
        )
        self._control = Control(self)
        stored.on_commit = deliveries.wake
        self._server = WebServer((host, port), self._answer)
        self.host, self.port = host, self._server.server_port
        self.state.public_url = (public_url or self.url).rstrip("/")
        names = {*access.LOOPBACK, host, access.host_name(urlsplit(self.state.public_url).netloc)}
        self._allowed_hosts = names | {name.lower() for name in allowed_hosts}
        self._stopped = threading.Event()
        self._threads = [
            threading.Thread(
                target=self._server.serve_forever, args=(0.05,), name="sandbox-http", daemon=True
            ),
            threading.Thread(target=self._tick, name="sandbox-clock", daemon=True),
        ]

    def start(self) -> "Sandbox":
        """Listen, in threads of its own."""
        self._deliveries.start()
        for thread in self._threads:
            thread.start()
        return self

    def stop(self) -> None:
        """Close the connections and the state file.

        To continue later, create another Sandbox with the same state and port.
        """
        self._stopped.set()
        # before the faults are cleared, so that no event is sent that would have had a fault
        self._deliveries.stop()
        self.clear_faults()
        if self._threads[0].is_alive():
            self._server.shutdown()
        self._server.server_close()
        self.state.close()

    def __enter__(self) -> "Sandbox":
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The address of the API, without a slash at the end."""
        return f"http://{self.host}:{self.port}"

    # Inside

    def _answer(self, request: Request) -> Response:
        """Answer any request; an unexpected error becomes a 500."""
        refusal = access.refused_host(request, self._allowed_hosts)
        if refusal:
            return problem(request, ApiError(403, refusal))
        if request.path.startswith(API):
            answer = self._api.answer(request.method, request.path, request.form, request.headers)
            return Response(
                answer.status, answer.body, "application/json", answer.headers, answer.broken
            )
        if request.method not in ("GET", "HEAD") and access.is_from_another_site(request):
            return problem(request, ApiError(403, FROM_ANOTHER_SITE))
        try:
            return self._page_for(request)
        except StateClosed:
            raise
        except Exception:
            logger.exception("The sandbox failed to answer %s %s", request.method, request.path)
            return problem(request, unexpected())

    def _page_for(self, request: Request) -> Response:
        if request.path.startswith("/pay/"):
            return self._page.answer(request, request.path.removeprefix("/pay/"))
        if request.path == "/" or request.path.startswith("/_sandbox/"):
            return self._control.answer(request)
        if request.path.startswith(("/receipts/", "/invoices/")):
            return message("Not in the sandbox", NO_DOCUMENT, status=200)
        return message(
            "Page not found",
            "The Stripe sandbox has no page at this address.",
            status=404,
            link=("/", "Open the Stripe sandbox"),
        )

    def _tick(self) -> None:
        while not self._stopped.wait(TICK):
            try:
                self.end_due()
            except StateClosed:
                return


def problem(request: Request, error: ApiError) -> Response:
    """An error as a page for people, or as JSON for the API and the controls."""
    if request.path.startswith((*API, "/_sandbox/")):
        return Response(error.status, json.dumps(error.body(), indent=2), "application/json")
    return message("This request failed", error.message, status=error.status)
