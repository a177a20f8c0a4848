"""How large a run is, and how much goes wrong in it."""

import math
from dataclasses import dataclass, field, replace

# What the sandbox does to API calls and events. An error is a 500, half of them after the work;
# lost is for good.
CALLS = {"errors": 0.05, "hangs": 0.05, "resets": 0.02}
EVENTS = {"lost": 0.3, "doubled": 0.2, "delayed": 0.3, "misstated": 0.05}

# What `make chaos` promises on two cores. The shop's own waits take minutes, however few come.
LEAST_CHECKOUTS = 0.9  # of visits
TIME, VISITS_IN_TIME = 600.0, 2000  # seconds for this many visits


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One run. Pauses are in seconds, rates are shares between 0 and 1."""

    seed: int
    visits: int
    at_once: int
    closing: float  # of browsers, before they are back from the payment page
    kill_pause: float
    most_kills: int  # on a machine that is busy, starts take all there is of it
    edit_pause: float
    outages_at: tuple[float, ...]  # how much of the run is over when the database is stopped
    rates: dict[str, float] = field(
        default_factory=dict
    )  # as the sandbox's /_sandbox/chaos takes them
    ways: tuple[str, ...]  # each must have completed a checkout
    victims: tuple[str, ...]  # each must have been killed
    least_checkouts: int = 0
    most_seconds: float = math.inf  # from the empty shop to the proof that both sides agree
    patience: float  # for both sides to agree
    quick: bool  # the shop's waits of minutes are seconds
    alone: bool = (
        False  # the webhook settles, and apart from shoppers' further clicks nothing else does
    )

    @property
    def shoppers(self) -> int:
        """So many that none comes near the limit of checkouts in an hour; in a short run, one for
        each visit.
        """
        return max(min(self.visits, 100), self.visits // 8)

    def showing(self, rates: dict[str, float]) -> "Plan":
        """This plan for a planted bug, which faults at these rates reveal: both sides may never
        agree.
        """
        return replace(self, rates=self.rates | rates, patience=20.0)

    def with_webhook_alone(self) -> "Plan":
        """This plan with the webhook as the only way to complete checkouts: no event is lost for
        good, and after a failure it is sent again.
        """
        return replace(self, rates=self.rates | {"lost": 0.0}, ways=("webhook",), alone=True)


def full(seed: int, visits: int) -> Plan:
    """`make chaos`."""
    return Plan(
        seed=seed,
        visits=visits,
        at_once=80,
        closing=0.2,
        kill_pause=5.0,
        most_kills=visits // 10,
        edit_pause=1.0,
        outages_at=(0.33, 0.66),
        rates=CALLS | EVENTS | {"hang_seconds": 15, "longest_delay": 30},
        ways=("webhook", "success page", "poll", "reconciliation"),
        victims=("web process", "worker", "web"),
        least_checkouts=round(visits * LEAST_CHECKOUTS),
        most_seconds=TIME * max(1.0, visits / VISITS_IN_TIME),
        patience=300.0,
        quick=False,
    )


def small(seed: int, visits: int) -> Plan:
    """Half a minute: more events are lost and more browsers closed, so that every way has something
    to do.
    """
    return Plan(
        seed=seed,
        visits=visits,
        at_once=16,
        closing=0.4,
        kill_pause=3.0,
        most_kills=7,
        edit_pause=0.5,
        outages_at=(0.3,),  # early, as the last visits are all in the shop at once
        rates=CALLS | EVENTS | {"hang_seconds": 3, "longest_delay": 5, "lost": 0.45},
        ways=("webhook", "success page"),
        victims=(
            "web process",
            "worker",
        ),  # the first two; the third has its turn after half a minute
        patience=60.0,
        quick=True,
    )
