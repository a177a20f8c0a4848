"""What can be ordered from a running sandbox: by a test, and by the control page."""

import math
from dataclasses import asdict
from typing import Any

from stripe_sandbox.api.handler import Api, Call
from stripe_sandbox.checkout_page import choices, pay
from stripe_sandbox.checkout_page.adjustments import Additions
from stripe_sandbox.checkout_page.page import PaymentPage, success_url
from stripe_sandbox.control.payments import PaymentControls
from stripe_sandbox.faults.next_calls import Trouble, Troubles
from stripe_sandbox.faults.rates import Chaos, Rates
from stripe_sandbox.objects import (
    bank_debits,
    events,
    promotion_codes,
    refunds,
    sessions,
    settings,
)
from stripe_sandbox.state import Record, State
from stripe_sandbox.webhooks.deliveries import NEVER, Deliveries

LONGEST_ADVANCE = 10 * 365 * 24 * 3600.0  # seconds


class Controls(PaymentControls):
    """The operations of a sandbox, without the server around it."""

    def __init__(
        self, state: State, chaos: Chaos, api: Api, page: PaymentPage, deliveries: Deliveries
    ) -> None:
        self.state = state
        self._chaos = chaos
        self._api = api
        self._page = page
        self._deliveries = deliveries

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

    # The merchant

    def set_up(self, *, terms_url: str = "", tax_percent: float | None = None) -> None:
        """Replace what the merchant has set up: the terms of service, and Stripe Tax with the same
        tax in per cent everywhere (None: off).
        """
        settings.change(self.state, terms_url, tax_percent)

    def add_promotion_code(self, code: str, **terms: Any) -> str:
        """Add a code for ``percent_off``, or for ``amount_off`` in minor units of a ``currency``;
        its id. ``max_redemptions`` is how often it can be used. Raises ApiError.
        """
        with self.state.transaction():
            return str(promotion_codes.create(self.state, code, **terms)["id"])

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
        ago: float = 0,
        **entered: Any,
    ) -> str:
        """Pay as the payment page does, waiting for the webhook; the address the shopper is sent
        to.

        ``bank`` is the account to pay from in place of the card; a card whose bank asks (3-D
        Secure) is answered. Whatever else the session asks for is filled in; ``entered`` are
        fields of ``Choices`` with other values. ``discount``, ``shipping`` and ``tax`` are added
        to the sum, in minor units. With ``ago``, session and payment are as old as so many seconds,
        and no event is sent. Raises pay.Declined, pay.NotOpen, KeyError for a card or account that is no
        test one, ValueError, ApiError.
        """
        method = pay.test_account(bank) if bank else pay.test_card(card)
        session = sessions.retrieve(self.state, {}, session_id)
        payer = pay.Payer(method, email, name, choices=choices.default(session, name, **entered))
        adding = Additions(discount, shipping, tax)
        if not ago:
            return self._page.complete(session_id, payer, adding=adding)
        check_seconds(ago, "ago")
        with self.state.past(ago):
            sessions.make_old(self.state, session)
            paid, _event = pay.pay(self.state, session_id, payer, "", adding)
        return success_url(paid)

    def settle(self, session_id: str) -> None:
        """Let the money that is on its way from a bank come now.

        Raises ApiError if there is none.
        """
        bank_debits.settle(self.state, session_id)

    def fail(self, session_id: str) -> None:
        """Let the payment from a bank fail now. Raises ApiError if none is on its way."""
        bank_debits.fail(self.state, session_id)

    def expire(self, session_id: str) -> None:
        """Let an open session run out now. Raises ApiError if it is not open."""
        with self.state.transaction():
            sessions.expire(self.state, {}, session_id)

    def advance(self, seconds: float) -> None:
        """Let time pass; sessions expire and banks pay accordingly."""
        check_seconds(seconds, "seconds")
        self.state.advance(seconds)
        self.end_due()

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

    def end_due(self) -> None:
        sessions.expire_due(self.state)
        bank_debits.settle_due(self.state)
        refunds.settle_due(self.state)


def check_seconds(seconds: float, name: str) -> None:
    if not (math.isfinite(seconds) and 0 <= seconds <= LONGEST_ADVANCE):
        raise ValueError(f"{name} is between 0 and ten years.")
