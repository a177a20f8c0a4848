"""Steps of the editor, the worker, the clock and staff."""

from decimal import Decimal
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from orders.events.replay import replay
from orders.models import StripeEvent
from products.models import ProductPage
from tests.conftest import publish
from tests.orders.stateful.jobs import JOBS
from tests.orders.stateful.steps import Steps, pick
from tests.orders.stateful.strategies import (
    BACK,
    NOT_FOR_SALE,
    PAGES,
    PAUSES,
    PAYMENTS,
    PRICES,
    QUANTITIES,
    SHOPPERS,
)

HOUR = 3600


class StaffSteps(Steps):
    """Prices change, days pass, jobs run."""

    @rule(place=PAGES, price=PRICES)
    def editor_publishes(self, place: int, price: str) -> None:
        if price == NOT_FOR_SALE:
            ProductPage.objects.get(pk=self.env.pages[place].pk).unpublish()
        else:
            self.env.pages[place] = publish(self.env.pages[place], price=Decimal(price))

    @rule(name=st.sampled_from(sorted(JOBS)))
    def worker_runs(self, name: str) -> None:
        self.run(JOBS[name])

    @rule(seconds=PAUSES)
    def time_passes(self, seconds: float) -> None:
        self.env.advance(seconds)

    @rule(
        shopper=SHOPPERS,
        quantities=QUANTITIES,
        how=PAYMENTS,
        prices=st.tuples(PRICES, PRICES),
        job=st.sampled_from(["archive", "repair"]),
    )
    def prices_move_and_a_day_passes(
        self,
        shopper: int,
        quantities: tuple[int, int],
        how: dict[str, Any],
        prices: tuple[str, str],
        job: str,
    ) -> None:
        """The price of the purchase may be archived now, unless its payment is still processing."""
        self.env.clear_faults()
        self.purchase(shopper, quantities, how)
        for place, price in enumerate(prices):
            self.editor_publishes(place, price)
        self.run(JOBS["sync"])
        self.env.advance(25 * HOUR)
        self.run(JOBS[job])

    @precondition(lambda self: StripeEvent.objects.exists())
    @rule(back=BACK)
    def staff_replays(self, back: int) -> None:
        rows = list(StripeEvent.objects.order_by("received_at", "pk"))
        self.run(partial(replay, pick(rows, back)))
