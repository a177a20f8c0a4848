"""Steps at Stripe: banks decide, sessions expire, events arrive, the Dashboard is used."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from stripe_sandbox import ApiError
from tests.orders.selling import alter
from tests.orders.stateful.altered_events import ALTERATIONS, MORE
from tests.orders.stateful.steps import Steps, pick
from tests.orders.stateful.strategies import (
    BACK,
    FAULTS,
    PAYMENTS,
    QUANTITIES,
    SHOPPERS,
    SILENT,
    WRONG,
)

POLL_AFTER = 130  # seconds after which the worker polls a checkout


class StripeSteps(Steps):
    """What happens at Stripe, in any order."""

    @precondition(lambda self: self.visited)
    @rule(back=BACK, what=st.sampled_from(["settle", "fail", "expire"]))
    def bank_or_clock_decides(self, back: int, what: str) -> None:
        self.decide(what, pick(self.visited, back))

    @rule(
        shopper=SHOPPERS,
        quantities=QUANTITIES,
        what=st.sampled_from(["fail", "settle"]),
        who=st.sampled_from(["come back", "deliver", "ask"]),
    )
    def bank_decides_while_the_shop_queries(
        self, shopper: int, quantities: tuple[int, int], what: str, who: str
    ) -> None:
        """The response that the shop acts on is out of date."""
        session_id = self.purchase(shopper, quantities, {"bank": SILENT})
        self.env.advance(POLL_AFTER)
        if session_id:
            self.will("after", partial(self.decide_and_deliver, what, session_id))
            self.let_query(who, session_id)

    @precondition(lambda self: self.session_events())
    @rule(back=BACK, times=st.integers(1, 2))
    def event_arrives(self, back: int, times: int) -> None:
        event = pick(self.session_events(), back)
        for _ in range(times):
            self.deliver(event["id"])

    @precondition(lambda self: self.session_events())
    @rule(lie=WRONG)
    def altered_events_arrive(self, lie: str) -> None:
        """Signed, but with false content: the shop must retrieve the session from Stripe."""
        self.deliver_altered([event["id"] for event in self.session_events()[-3:]], [lie])

    @rule(shopper=SHOPPERS, quantities=QUANTITIES, how=PAYMENTS, fault=FAULTS)
    def altered_events_arrive_while_stripe_is_down(
        self,
        shopper: int,
        quantities: tuple[int, int],
        how: dict[str, Any],
        fault: dict[str, Any],
    ) -> None:
        """Only false events have arrived, so they must wait until Stripe can be reached."""
        session_id = self.purchase(shopper, quantities, how)
        if session_id:
            self.stripe.fail_next(**fault, path="/v1/checkout/sessions/", times=None)
            self.deliver_altered(self.events_of(session_id), list(ALTERATIONS))
            self.stripe.clear_faults()

    @rule(shopper=SHOPPERS, quantities=QUANTITIES)
    def stripe_creates_a_session_with_another_amount(
        self, shopper: int, quantities: tuple[int, int]
    ) -> None:
        """A new session costs more than was shown: no shopper may be sent there."""
        self.env.clear_faults()
        form = self.look(shopper, quantities)
        with self.prices_raised():
            self.buy(form)

    @rule(back=BACK, kind=st.sampled_from(["price", "product"]))
    def dashboard_archives(self, back: int, kind: str) -> None:
        defaults = {product["default_price"] for product in self.stripe.state.find("product")}
        found = [each for each in self.stripe.state.find(kind) if each["id"] not in defaults]
        if found:
            alter(self.stripe, kind, pick(found, back)["id"], active=False)

    # Helpers

    def decide(self, what: str, session_id: str) -> None:
        """Let a bank confirm or refuse, or a session expire, if that is possible now."""
        with suppress(ApiError):
            getattr(self.stripe, what)(session_id)

    def decide_and_deliver(self, what: str, session_id: str) -> None:
        """Let a bank decide, and deliver the event at once."""
        self.decide(what, session_id)
        self.deliver_events_of(session_id)

    @contextmanager
    def prices_raised(self) -> Iterator[None]:
        """Raise the prices at Stripe, where no price can really change."""
        amounts = {price["id"]: price["unit_amount"] for price in self.stripe.state.find("price")}
        self.overpriced = True
        for key, amount in amounts.items():
            alter(self.stripe, "price", key, unit_amount=amount + MORE)
        yield
        for key, amount in amounts.items():
            alter(self.stripe, "price", key, unit_amount=amount)
        self.overpriced = False
