"""Rules of what goes wrong: Stripe fails, the database refuses, processes die, and two of them act
at once.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.orders.stateful.jobs import JOBS
from tests.orders.stateful.steps import Steps, pick
from tests.orders.stateful.strategies import BACK, FAULTS, MOMENTS, PATHS, TABLES


class Faults(Steps):
    """Faults that last until they are used up or ended."""

    @rule(fault=FAULTS, path=PATHS, times=st.integers(1, 3))
    def stripe_fails(self, fault: dict[str, Any], path: str, times: int) -> None:
        self.stripe.fail_next(**fault, path=path, times=times)

    @rule(place=TABLES, steps=st.sampled_from([1, 2, 4, 8, 30]))
    def database_refuses(self, place: tuple[str, str], steps: int) -> None:
        self.env.refuse(*place)
        self.steps_refused = steps

    @rule(moment=MOMENTS)
    def next_caller_dies(self, moment: str) -> None:
        self.env.dying = moment

    @precondition(lambda self: self.visited)
    @rule(
        moment=MOMENTS,
        what=st.sampled_from(["buy", "pay", "come back", "deliver", *sorted(JOBS)]),
        back=BACK,
    )
    def something_happens_meanwhile(self, moment: str, what: str, back: int) -> None:
        session_id = pick(self.visited, back)
        actions: dict[str, Callable[[], Any]] = {
            "buy": lambda: self.buy(pick(self.forms, back)),
            "pay": partial(self.pay, session_id),
            "come back": partial(self.open_success, session_id),
            "deliver": self.deliver_all,
            **{name: partial(self.run, job) for name, job in JOBS.items()},
        }
        self.will(moment, actions[what])
