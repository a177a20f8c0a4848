"""Rules of Stripe: banks and the clock decide, events come, the Dashboard is used."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from stripe_sandbox import ApiError
from tests.orders.selling import alter
from tests.orders.stateful.chances import (
    BACK,
    PAYMENTS,
    QUANTITIES,
    SHOPPERS,
    SILENT,
    TROUBLES,
    WRONG,
)
from tests.orders.stateful.deeds import Deeds, pick
from tests.orders.stateful.lies import LIES, MORE

A_QUESTION = 130  # seconds after which the worker asks about an attempt


class Stripes(Deeds):
    """What comes from Stripe, in whatever order."""

    @precondition(lambda self: self.visited)
    @rule(back=BACK, what=st.sampled_from(["settle", "fail", "expire"]))
    def bank_or_clock_decides(self, back: int, what: str) -> None:
        self.decide(what, pick(self.visited, back))

    @rule(
        shopper=SHOPPERS,
        quantities=QUANTITIES,
        what=st.sampled_from(["fail", "settle"]),
        who=st.sampled_from(["come back", "tell", "ask"]),
    )
    def bank_decides_while_shop_asks(
        self, shopper: int, quantities: tuple[int, int], what: str, who: str
    ) -> None:
        """The shop holds an answer that is out of date when it acts on it."""
        session_id = self.purchase(shopper, quantities, {"bank": SILENT})
        self.stage.advance(A_QUESTION)
        if session_id:
            self.will("after", partial(self.decide_and_tell, what, session_id))
            self.let_ask(who, session_id)

    @precondition(lambda self: self.session_events())
    @rule(back=BACK, times=st.integers(1, 2))
    def event_arrives(self, back: int, times: int) -> None:
        event = pick(self.session_events(), back)
        for _ in range(times):
            self.deliver(event["id"])

    @precondition(lambda self: self.session_events())
    @rule(lie=WRONG)
    def altered_events_arrive(self, lie: str) -> None:
        """Signed, and yet not what our endpoint is to be told: Stripe itself must be asked."""
        self.lie([event["id"] for event in self.session_events()[-3:]], [lie])

    @rule(shopper=SHOPPERS, quantities=QUANTITIES, how=PAYMENTS, trouble=TROUBLES)
    def lies_come_while_stripe_is_silent(
        self,
        shopper: int,
        quantities: tuple[int, int],
        how: dict[str, Any],
        trouble: dict[str, Any],
    ) -> None:
        """Only false events are known now, so they must wait until Stripe can be asked."""
        session_id = self.purchase(shopper, quantities, how)
        if session_id:
            self.stripe.fail_next(**trouble, path="/v1/checkout/sessions/", times=None)
            self.lie(self.events_of(session_id), list(LIES))
            self.stripe.calm()

    @rule(shopper=SHOPPERS, quantities=QUANTITIES)
    def stripe_asks_another_amount(self, shopper: int, quantities: tuple[int, int]) -> None:
        """A new page would ask for more than was shown: nobody may be sent there."""
        self.stage.calm()
        form = self.look(shopper, quantities)
        with self.prices_raised():
            self.buy(form)

    @rule(back=BACK, kind=st.sampled_from(["price", "product"]))
    def dashboard_archives(self, back: int, kind: str) -> None:
        defaults = {product["default_price"] for product in self.stripe.state.find("product")}
        found = [each for each in self.stripe.state.find(kind) if each["id"] not in defaults]
        if found:
            alter(self.stripe, kind, pick(found, back)["id"], active=False)

    # How it is done

    def decide(self, what: str, session_id: str) -> None:
        """Let a bank settle or fail, or a page expire, where there is anything to decide."""
        with suppress(ApiError):
            getattr(self.stripe, what)(session_id)

    def decide_and_tell(self, what: str, session_id: str) -> None:
        """Let a bank decide, and the shop hear of it at once."""
        self.decide(what, session_id)
        self.tell(session_id)

    @contextmanager
    def prices_raised(self) -> Iterator[None]:
        """Prices at Stripe are higher than they were made, which no price ever is."""
        amounts = {price["id"]: price["unit_amount"] for price in self.stripe.state.find("price")}
        self.overpriced = True
        for key, amount in amounts.items():
            alter(self.stripe, "price", key, unit_amount=amount + MORE)
        yield
        for key, amount in amounts.items():
            alter(self.stripe, "price", key, unit_amount=amount)
        self.overpriced = False
