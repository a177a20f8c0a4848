"""The state machine: shoppers, an editor, Stripe and faults take random steps. After every step the
invariants hold, and once all faults have ended, Stripe and the orders agree.
"""

import sys
from contextlib import suppress

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from orders.reconciliation import run
from stripe_sandbox import ApiError
from tests.orders.stateful import checks, falsified_sessions
from tests.orders.stateful.faults import Faults
from tests.orders.stateful.jobs import JOBS
from tests.orders.stateful.shopper_steps import ShopperSteps
from tests.orders.stateful.staff_steps import HOUR
from tests.orders.stateful.stripe_steps import StripeSteps


class ShopMachine(ShopperSteps, StripeSteps, Faults):
    """Two shoppers, two products, one editor, Stripe, and faults."""

    @rule(what=st.sampled_from(["Stripe", "database", "all"]))
    def faults_end(self, what: str) -> None:
        {
            "Stripe": self.stripe.clear_faults,
            "database": self.env.heal,
            "all": self.settle_everything,
        }[what]()

    @invariant()
    def invariants_hold(self) -> None:
        """What is true at any moment, also while there are faults."""
        self.raise_failure()
        self.let_database_recover()
        self.check_nothing_changes_back()
        if not self.interrupted:
            checks.check_no_held_price_was_archived(self.stripe.requests)
        self.stripe.requests.clear()
        self.interrupted = False
        checks.check_orders_are_paid(self.stripe)
        checks.check_processed_events_had_an_effect(self.stripe)
        checks.check_reservations()
        checks.check_one_payable(self.stripe, self.shown, self.forgotten)

    def let_database_recover(self) -> None:
        """After some steps, the database accepts writes again."""
        self.steps_refused -= 1
        if self.env.refused and self.steps_refused < 0:
            self.env.heal()

    def check_nothing_changes_back(self) -> None:
        """Orders never change, and checkouts that have ended stay ended."""
        orders, statuses = checks.history(), checks.statuses()
        assert self.history.items() <= orders.items(), "history changed"
        checks.check_ends_are_for_good(self.statuses, statuses)
        self.history, self.statuses = orders, statuses

    def settle_everything(self) -> None:
        """Faults end, banks decide, time passes and the worker runs: Stripe and the orders agree,
        and only the expected alerts are open.
        """
        self.env.clear_faults()
        self.unclear.clear()
        for place, session_id in enumerate(self.visited):
            with suppress(ApiError):  # it is not processing
                (self.stripe.fail if place % 2 else self.stripe.settle)(session_id)
        for hours, catalogue in ((1, "sync"), (7, "repair"), (1, "sync")):
            self.env.advance(hours * HOUR)
            for job in ("events", "ask", catalogue):
                JOBS[job]()
        if checks.only_deep_look_finds(self.stripe, self.forgotten):
            self.env.advance(checks.DAY)
        comparison = run.reconcile()
        assert comparison.agrees, comparison.discrepancies
        self.check_settled()

    def teardown(self) -> None:
        """Unless an example has failed, it ends without faults."""
        if sys.exc_info()[0] is None:
            self.settle_everything()
        self.env.clear_faults()

    def check_settled(self) -> None:
        """What is true once all faults have ended."""
        checks.check_paid_sessions_have_orders(self.stripe, self.shown, self.env.shoppers)
        checks.check_nothing_is_left(self.stripe.account)
        assert checks.open_alerts() == self.expected_alerts(), checks.open_alerts()
        falsified_sessions.check_no_difference_escapes(self.stripe)

    def expected_alerts(self) -> dict[str, int]:
        """The alerts that must be open, by kind: one per session with another amount than was
        shown.
        """
        return {"wrong-session": self.wrong_pages} if self.wrong_pages else {}
