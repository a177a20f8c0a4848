"""Rules of Stripe: banks and the clock decide, events come, the Dashboard is used."""

import json
from contextlib import suppress
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from sandbox.errors import ApiError
from tests.orders.selling import alter, signed
from tests.orders.stateful.chances import BACK, WRONG
from tests.orders.stateful.deeds import Deeds, pick


class Stripes(Deeds):
    """What comes from Stripe, in whatever order."""

    @precondition(lambda self: self.visited)
    @rule(back=BACK, what=st.sampled_from(["settle", "fail", "expire"]))
    def bank_or_clock_decides(self, back: int, what: str) -> None:
        with suppress(ApiError):  # nothing to decide
            getattr(self.stripe, what)(pick(self.visited, back))

    @precondition(lambda self: self.session_events())
    @rule(back=BACK, times=st.integers(1, 2))
    def event_arrives(self, back: int, times: int) -> None:
        event = pick(self.session_events(), back)
        for _ in range(times):
            self.deliver(event["id"])

    @precondition(lambda self: self.session_events())
    @rule(told=WRONG)
    def altered_events_arrive(self, told: dict[str, Any]) -> None:
        """Signed, and yet not what our endpoint is to be told: Stripe itself must be asked."""
        for untrue in self.session_events()[-3:]:
            event = json.loads(self.stripe.webhook_request(untrue["id"])[0])
            altered = {**event, "id": f"{event['id']}_altered", "data": {"object": {**event["data"]["object"], **told}}}
            if not told:
                altered["api_version"] = "2020-08-27"
            self.send(*signed(altered))

    @rule(back=BACK, kind=st.sampled_from(["price", "product"]))
    def dashboard_archives(self, back: int, kind: str) -> None:
        defaults = {product["default_price"] for product in self.stripe.state.find("product")}
        found = [each for each in self.stripe.state.find(kind) if each["id"] not in defaults]
        if found:
            alter(self.stripe, kind, pick(found, back)["id"], active=False)
