"""The whole stand-in as one object: start it, talk to ``url``, and order what a test needs.

with Sandbox(webhook_url="http://127.0.0.1:8000/stripe/webhook/", webhook_secret="whsec_x") as sandbox:
    client = StripeClient("sk_test_local", base_addresses={"api": sandbox.url})
    ...
    sandbox.pay(session.id)
"""

import math
import threading
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

from . import bank, events, payments, sessions
from .additions import Additions
from .api import Api, Call
from .chaos import Chaos, Rates
from .control import Control
from .markup import message
from .payment_page import PaymentPage
from .state import Record, State, StateClosed
from .trouble import Trouble, Troubles
from .web import Request, Response, WebServer
from .webhooks import NEVER, Deliveries

LONGEST_ADVANCE = 10 * 365 * 24 * 3600.0  # seconds
TICK = 1.0  # seconds between two looks at what expires


class Sandbox:
    """A stand-in for Stripe with its own account, listening from ``start`` to ``stop``.

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
        bank_seconds: float = bank.BANK_SECONDS,
    ) -> None:
        _check_seconds(bank_seconds, "bank_seconds")
        self.state = State(state)
        self.state.bank_seconds = bank_seconds
        self.state.webhook_url = webhook_url
        self._chaos = Chaos()
        self._api = Api(self.state, self._chaos)
        self._deliveries = Deliveries(self.state, webhook_secret, self._chaos)
        self._page = PaymentPage(self.state, self._deliveries)
        self._control = Control(self)
        self.state.on_commit = self._deliveries.wake
        self._server = WebServer((host, port), self._answer)
        self.host, self.port = host, self._server.server_port
        self.state.public_url = (public_url or self.url).rstrip("/")
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
        """Hang up, let go of the state.

        To go on later, make another Sandbox with the same state and port.
        """
        self._stopped.set()
        # before the calm, in which events would leave that chaos holds back
        self._deliveries.stop()
        self.calm()
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

    # What it is

    @property
    def url(self) -> str:
        """The address of the API, without a slash at the end."""
        return f"http://{self.host}:{self.port}"

    @property
    def account(self) -> str:
        """The account's id; another one after ``reset``."""
        return self.state.account

    @property
    def requests(self) -> list[Call]:
        """The API requests so far, oldest first; ``.clear()`` forgets them."""
        return self._api.calls

    @property
    def troubles(self) -> Troubles:
        """The trouble in store."""
        return self._api.troubles

    def summary(self) -> Record:
        """What the control page shows at the top, and how much of everything there is."""
        counts = dict(self.state.rows("SELECT kind, count(*) FROM objects GROUP BY kind"))
        to_be_sent = "SELECT count(*) FROM deliveries WHERE delivered_at IS NULL AND next_at < ?"
        return {
            "account": self.account,
            "deliver": self.deliver,
            "webhook_url": self.webhook_url,
            "trouble": [vars(trouble) for trouble in self.troubles.waiting()],
            "chaos": asdict(self.rates) if self.rates else None,
            "objects": counts,
            "undelivered": self.state.rows(to_be_sent, NEVER)[0][0],
        }

    # Shoppers

    def pay(
        self,
        session_id: str,
        card: str = "4242424242424242",
        email: str = "shopper@example.com",
        name: str = "Test Shopper",
        bank: str = "",
        discount: int = 0,
        shipping: int = 0,
        tax: int = 0,
    ) -> str:
        """Pay as the payment page does, waiting for the webhook; the address the shopper is sent
        to.

        ``bank`` is the account to pay from in place of the card; a card whose bank asks (3-D
        Secure) is answered. ``discount``, ``shipping`` and ``tax`` are added to the sum, in minor
        units. Raises payments.Declined, payments.NotOpen, KeyError for a card or account that is no
        test one, ValueError, ApiError.
        """
        method = payments.test_account(bank) if bank else payments.test_card(card)
        payer, adding = payments.Payer(method, email, name), Additions(discount, shipping, tax)
        return self._page.complete(session_id, payer, adding=adding)

    def settle(self, session_id: str) -> None:
        """Let the money that is on its way from a bank come now.

        Raises ApiError if there is none.
        """
        bank.settle(self.state, session_id)

    def fail(self, session_id: str) -> None:
        """Let the payment from a bank fail now. Raises ApiError if none is on its way."""
        bank.fail(self.state, session_id)

    def expire(self, session_id: str) -> None:
        """Let an open session run out now. Raises ApiError if it is not open."""
        with self.state.transaction():
            sessions.expire(self.state, {}, session_id)

    def advance(self, seconds: float) -> None:
        """Let time pass; sessions expire and banks pay accordingly."""
        _check_seconds(seconds, "seconds")
        self.state.advance(seconds)
        self._end_due()

    def reset(self) -> None:
        """Forget everything and become another account."""
        self.state.empty()

    # Trouble

    def fail_next(self, **orders: Any) -> None:
        """Ask for trouble: the words are the fields of trouble.Trouble."""
        self.troubles.add(Trouble(**orders))

    def chaos(self, **rates: Any) -> None:
        """Let a share of all calls and events meet trouble from now on: the words are the fields of
        chaos.Rates.
        """
        self._chaos.begin(Rates(**rates))

    @property
    def rates(self) -> Rates | None:
        """The chaos in force."""
        return self._chaos.rates

    def calm(self) -> None:
        """No more trouble, no more chaos.

        Lost events stay lost, delayed ones come at their time.
        """
        self._chaos.end()
        self.troubles.clear()

    # Events

    @property
    def webhook_url(self) -> str:
        """Where events go; empty: nowhere.

        Events made while it is empty are never sent by themselves.
        """
        return self.state.webhook_url

    @webhook_url.setter
    def webhook_url(self, address: str) -> None:
        self.state.webhook_url = address
        self._deliveries.wake()

    @property
    def deliver(self) -> bool:
        """Whether events are sent. While false they wait; set to true, they leave."""
        return self._deliveries.enabled

    @deliver.setter
    def deliver(self, value: bool) -> None:
        self._deliveries.enabled = value

    def events(self, kind: str = "") -> list[Record]:
        """The events so far, oldest first, of one type or of all."""
        return self.state.find("event", [("type", "eq", kind)] if kind else [])[::-1]

    def resend(self, event_id: str, times: int = 1) -> list[str]:
        """Send an event now, several times at once if asked; each outcome is ``"200"`` or an error
        in words.
        """
        events.retrieve(self.state, {}, event_id)
        if not 1 <= times <= 50:
            raise ValueError("times is between 1 and 50.")
        return self._deliveries.send_at_once(event_id, times)

    def webhook_request(self, event_id: str) -> tuple[bytes, str]:
        """The body and the ``Stripe-Signature`` header an event would be sent with now."""
        return self._deliveries.request_for(event_id)

    def deliveries_log(self) -> list[tuple[Any, ...]]:
        """Event id, tries, time of delivery or None, last outcome; of all events that were to be
        sent.
        """
        return self.state.rows("SELECT event, attempts, delivered_at, outcome FROM deliveries")

    # Inside

    def _answer(self, request: Request) -> Response:
        if request.path.startswith("/v1/") or request.path.startswith("/v2/"):
            answer = self._api.answer(request.method, request.path, request.form, request.headers)
            return Response(
                answer.status, answer.body, "application/json", answer.headers, answer.broken
            )
        if request.path.startswith("/pay/"):
            return self._page.answer(request, request.path.removeprefix("/pay/"))
        if request.path == "/" or request.path.startswith("/_sandbox/"):
            return self._control.answer(request)
        return message(
            "Not found",
            "There is no such page in the sandbox.",
            status=404,
            link=("/", "To the sandbox"),
        )

    def _tick(self) -> None:
        while not self._stopped.wait(TICK):
            try:
                self._end_due()
            except StateClosed:
                return

    def _end_due(self) -> None:
        sessions.expire_due(self.state)
        bank.settle_due(self.state)


def _check_seconds(seconds: float, name: str) -> None:
    if not (math.isfinite(seconds) and 0 <= seconds <= LONGEST_ADVANCE):
        raise ValueError(f"{name} is between 0 and ten years.")
