"""Processes that are killed, and a database that is stopped at once, while the shoppers are in the
shop.
"""

import random
import time
from collections import Counter
from collections.abc import Callable
from itertools import cycle
from threading import Event

from tests.chaos.browser import Failure
from tests.chaos.database import Database
from tests.chaos.plan import Plan
from tests.chaos.processes import Shop, answers, kill_child

# gunicorn's workers most, all of gunicorn and the shop's worker at times; in turn, so that a short
# run has each.
VICTIMS = ("web process", "worker", "web process", "web process", "worker", "web")
OUTAGE = 2.0  # seconds that the database stays away
LONGEST_START = 60.0  # seconds
AFTERMATH = (
    3.0  # seconds in which a page may still fail because of it: it was waiting for the answer
)


class Faults:
    """Kills every `kill_pause` seconds or so; stops the database when the run has come to one of
    `outages_at`.
    """

    def __init__(self, shop: Shop, database: Database, plan: Plan) -> None:
        self._shop, self._database = shop, database
        self._pause, self._most_kills, self._outages_at = (
            plan.kill_pause,
            plan.most_kills,
            list(plan.outages_at),
        )
        self._chance = random.Random(f"faults {plan.seed}")
        self.kills: Counter[str] = Counter()
        self.outages: list[tuple[float, float]] = []  # from, to; of time.monotonic

    def run(self, over: Event, progress: Callable[[], float]) -> None:
        """Go on until the run is over. `progress` returns how much of it is over, from 0 to 1."""
        for victim in cycle(VICTIMS):
            if over.wait(self._chance.uniform(0.5, 1.5) * self._pause):
                return
            if self.kills.total() < self._most_kills:
                self._kill(victim)
                self._wait_until_it_serves(over)
            if self._outages_at and progress() >= self._outages_at[0]:
                self._outages_at.pop(0)
                self._stop_database()

    def explain(self, failure: Failure) -> bool:
        """Whether a page failed while the database was down."""
        return any(
            failure.began <= end + AFTERMATH and failure.ended >= begin
            for begin, end in self.outages
        )

    def _kill(self, victim: str) -> None:
        self.kills[victim] += 1
        if victim == "worker":
            self._shop.worker.kill()
        elif victim == "web":
            self._shop.web.kill_all()
        elif workers := self._shop.web.children():
            kill_child(self._chance.choice(workers))
        # gunicorn starts its workers again by itself; the two others, a supervisor would.
        self._shop.web.start()
        self._shop.worker.start()

    def _wait_until_it_serves(self, over: Event) -> None:
        """On a busy machine a start takes longer than the pause between two kills, and nobody would
        ever buy.
        """
        end = time.monotonic() + LONGEST_START
        while not answers(f"{self._shop.url}/healthz") and time.monotonic() < end:
            if over.wait(0.2):
                return
            self._shop.web.start()  # where it gave up

    def _stop_database(self) -> None:
        begin = time.monotonic()
        self._database.stop_at_once()
        time.sleep(OUTAGE)
        self._database.start()
        self.outages.append((begin, time.monotonic()))
