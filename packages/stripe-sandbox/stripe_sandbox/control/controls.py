"""Everything that a test or the control page can do with a running sandbox."""

import math
from dataclasses import asdict
from typing import Any

from stripe_sandbox.api.handler import Api, Call
from stripe_sandbox.checkout_page import choices, pay
from stripe_sandbox.checkout_page.adjustments import Additions
from stripe_sandbox.checkout_page.page import PaymentPage, success_url
from stripe_sandbox.control.payments import PaymentControls
from stripe_sandbox.faults.next_calls import Fault, FaultQueue
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
    """The operations of a sandbox, without its HTTP server."""

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
        """The API requests so far, oldest first; ``.clear()`` empties the list."""
        return self._api.calls

    @property
    def faults(self) -> FaultQueue:
        """The faults that were requested for the next API calls."""
        return self._api.faults

    def summary(self) -> Record:
        """The account, the settings and faults, and the number of objects by kind."""
        counts = dict(self.state.rows("SELECT kind, count(*) FROM objects GROUP BY kind"))
        to_be_sent = "SELECT count(*) FROM deliveries WHERE delivered_at IS NULL AND next_at < ?"
        return {
            "account": self.account,
            "deliver": self.deliver,
            "webhook_url": self.webhook_url,
            "faults": [vars(fault) for fault in self.faults.waiting()],
            "chaos": asdict(self.rates) if self.rates else None,
            "objects": counts,
            "undelivered": self.state.rows(to_be_sent, NEVER)[0][0],
        }

    # The merchant

    def set_up(self, *, terms_url: str = "", tax_percent: float | None = None) -> None:
        """Replace the settings of the merchant: the address of the terms of service, and Stripe Tax
        with the same percentage everywhere (None: off).
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
        """Pay as the payment page does, and wait for the webhook. Returns the address that the
        shopper is sent to.

        ``bank`` is the account to pay from instead of the card. A 3-D Secure challenge is passed.
        Whatever else the session asks for is filled in; ``entered`` are fields of ``Choices`` with
        other values. ``discount``, ``shipping`` and ``tax`` are added to the total, in minor units.
        With ``ago``, the payment is that many seconds old, the session a little older, and no event
        is sent. Raises pay.Declined, pay.NotOpen, KeyError for a card or account that is not a test
        one, ValueError, ApiError.
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
        """Let a processing payment from a bank succeed now.

        Raises ApiError if there is none.
        """
        bank_debits.settle(self.state, session_id)

    def fail(self, session_id: str) -> None:
        """Let a processing payment from a bank fail now. Raises ApiError if there is none."""
        bank_debits.fail(self.state, session_id)

    def expire(self, session_id: str) -> None:
        """Expire an open session now. Raises ApiError if it is not open."""
        with self.state.transaction():
            sessions.expire(self.state, {}, session_id)

    def advance(self, seconds: float) -> None:
        """Move the clock forward; sessions expire and bank payments end accordingly."""
        check_seconds(seconds, "seconds")
        self.state.advance(seconds)
        self.end_due()

    def reset(self) -> None:
        """Delete everything, and become another account."""
        self.state.empty()

    # Faults

    def fail_next(self, **fault: Any) -> None:
        """Request a fault for the next API calls: the arguments are the fields of
        faults.next_calls.Fault. Raises ValueError.
        """
        self.faults.add(Fault(**fault))

    def chaos(self, **rates: Any) -> None:
        """Apply random faults to a share of all calls and events from now on: the arguments are the
        fields of faults.rates.Rates. Raises ValueError.
        """
        self._chaos.begin(Rates(**rates))

    @property
    def rates(self) -> Rates | None:
        """The rates of random faults; None: there are none."""
        return self._chaos.rates

    def clear_faults(self) -> None:
        """Remove the requested faults, and end the random ones.

        Lost events stay lost, and delayed ones are sent at their time.
        """
        self._chaos.end()
        self.faults.clear()

    # Events

    @property
    def webhook_url(self) -> str:
        """The address that events are sent to; empty: nowhere.

        Events that are created while it is empty are only sent on request.
        """
        return self.state.webhook_url

    @webhook_url.setter
    def webhook_url(self, address: str) -> None:
        self.state.webhook_url = address
        self._deliveries.wake()

    @property
    def deliver(self) -> bool:
        """Whether events are sent. While it is false, they wait."""
        return self._deliveries.enabled

    @deliver.setter
    def deliver(self, value: bool) -> None:
        self._deliveries.enabled = value

    def events(self, kind: str = "") -> list[Record]:
        """The events so far, oldest first, of one type or of all."""
        return self.state.find("event", [("type", "eq", kind)] if kind else [])[::-1]

    def resend(self, event_id: str, times: int = 1) -> list[str]:
        """Send an event now, ``times`` times at once. Each outcome is an HTTP status such as
        ``"200"``, or an error message.
        """
        events.retrieve(self.state, {}, event_id)
        if not 1 <= times <= 50:
            raise ValueError("times is between 1 and 50.")
        return self._deliveries.send_at_once(event_id, times)

    def webhook_request(self, event_id: str) -> tuple[bytes, str]:
        """The body and the ``Stripe-Signature`` header with which an event would be sent now."""
        return self._deliveries.request_for(event_id)

    def deliveries_log(self) -> list[tuple[Any, ...]]:
        """Event id, attempts, time of delivery or None, and last outcome of all events that were to
        be sent.
        """
        return self.state.rows("SELECT event, attempts, delivered_at, outcome FROM deliveries")

    def end_due(self) -> None:
        """End the sessions, bank payments and refunds that are due."""
        sessions.expire_due(self.state)
        bank_debits.settle_due(self.state)
        refunds.settle_due(self.state)


def check_seconds(seconds: float, name: str) -> None:
    """Raise ValueError for a duration that is negative or longer than ten years."""
    if not (math.isfinite(seconds) and 0 <= seconds <= LONGEST_ADVANCE):
        raise ValueError(f"{name} is between 0 and ten years.")
