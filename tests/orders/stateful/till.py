"""Shoppers, editors, Stripe and faults take any steps; after every one, and once all is calm, the
books must agree.
"""

import sys
from contextlib import suppress

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from orders.reconciliation import run
from stripe_sandbox import ApiError
from tests.orders.stateful import books, proof
from tests.orders.stateful.faults import Faults
from tests.orders.stateful.jobs import JOBS
from tests.orders.stateful.shop import HOUR
from tests.orders.stateful.shoppers import Shoppers
from tests.orders.stateful.stripes import Stripes


class Till(Shoppers, Stripes, Faults):
    """Two shoppers, two products, one editor, Stripe, and what may go wrong."""

    @rule(what=st.sampled_from(["Stripe", "database", "all"]))
    def faults_end(self, what: str) -> None:
        {"Stripe": self.stripe.calm, "database": self.stage.heal, "all": self.all_is_calm}[what]()

    @invariant()
    def books_are_sound(self) -> None:
        """At any moment, faults or not."""
        self.raise_failure()
        self.let_database_recover()
        self.check_nothing_changes_back()
        if not self.interrupted:
            books.check_no_held_price_was_archived(self.stripe.requests)
        self.stripe.requests.clear()
        self.interrupted = False
        books.check_orders_are_paid(self.stripe)
        books.check_news_is_booked(self.stripe)
        books.check_reservations()
        books.check_one_payable(self.stripe, self.shown, self.forgotten)

    def let_database_recover(self) -> None:
        """Somebody notices after some steps that the database refuses."""
        self.steps_refused -= 1
        if self.stage.refused and self.steps_refused < 0:
            self.stage.heal()

    def check_nothing_changes_back(self) -> None:
        """Orders stay as they were written, and what has ended stays ended."""
        orders, statuses = books.history(), books.statuses()
        assert self.history.items() <= orders.items(), "history changed"
        books.check_ends_are_for_good(self.statuses, statuses)
        self.history, self.statuses = orders, statuses

    def all_is_calm(self) -> None:
        """Faults end, banks decide, time passes, the worker works: the books agree, and nobody need
        look.
        """
        self.stage.calm()
        self.murky.clear()
        for place, session_id in enumerate(self.visited):
            with suppress(ApiError):  # none is under way
                (self.stripe.fail if place % 2 else self.stripe.settle)(session_id)
        for hours, catalogue in ((1, "sync"), (7, "repair"), (1, "sync")):
            self.stage.advance(hours * HOUR)
            for job in ("events", "ask", catalogue):
                JOBS[job]()
        if books.only_deep_look_finds(self.stripe, self.forgotten):
            self.stage.advance(books.DAY)
        comparison = run.reconcile()
        assert comparison.agrees, comparison.discrepancies
        self.check_calm()

    def teardown(self) -> None:
        """Every story ends in calm, unless it failed."""
        if sys.exc_info()[0] is None:
            self.all_is_calm()
        self.stage.calm()

    def check_calm(self) -> None:
        """What is true once all is calm."""
        books.check_settled(self.stripe, self.shown, self.stage.shoppers)
        books.check_nothing_is_left(self.stripe.account)
        assert books.open_causes() == self.expected_causes(), books.open_causes()
        proof.check_no_difference_escapes(self.stripe)

    def expected_causes(self) -> dict[str, int]:
        """The alerts that must be open, by kind: one per page over a sum that was not shown."""
        return {"wrong-session": self.wrong_pages} if self.wrong_pages else {}
