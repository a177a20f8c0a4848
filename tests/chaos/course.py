"""The course of a run: the doors open, everything goes wrong, calm, and the books must come to agree by themselves."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from itertools import cycle
from threading import Event

from django.db import connection

from sandbox.state import State
from tests.chaos import editor, stage
from tests.chaos.browser import Browser, Failures
from tests.chaos.database import Database
from tests.chaos.faults import Faults
from tests.chaos.notes import Notes
from tests.chaos.oracle import Oracle, Verdict
from tests.chaos.plan import Plan
from tests.chaos.processes import ROOT, Shop
from tests.chaos.report import Report
from tests.chaos.shoppers import Places, Shopper, order
from tests.chaos.visits import Visit, deck

LOOK_EVERY = 1.0  # seconds between two looks at the books
AUDIT = [sys.executable, "manage.py", "reconcile_orders", "--check"]


class Course:
    """One run of a plan, on a database that has its tables and runs, with a shop that is not started yet."""

    def __init__(self, plan: Plan, shop: Shop, database: Database, sql: str, say: Callable[[str], None]) -> None:
        self._plan, self._shop, self._say = plan, shop, say
        self._sql = sql
        self._notes, self._failures = Notes(), Failures()
        self._faults = Faults(
            shop, database, pause=plan.kill_pause, outages_at=list(plan.outages_at), seed=plan.seed
        )  # fmt: skip
        self._prices = 0

    def run(self) -> Report:
        """From the empty shop to the report. Raises RuntimeError where a process does not start."""
        began = time.monotonic()
        stage.fill(self._plan.shoppers, self._sql)
        self._shop.start()
        self._say(f"{self._plan.visits} visits by {self._plan.shoppers} shoppers, {self._plan.at_once} at once ...")
        self._storm()
        self._say("Calm: faults off, browsers gone, web stopped. The worker is alone with the books ...")
        verdict, agreed_after = self._wait_for_agreement()
        return self._report(verdict, agreed_after, time.monotonic() - began)

    def _storm(self) -> None:
        order(self._shop.sandbox_url, "chaos", {"seed": self._plan.seed, **self._plan.rates})
        over = Event()
        with ThreadPoolExecutor(2) as others:
            prices = others.submit(editor.edit, over, pause=self._plan.edit_pause, seed=self._plan.seed)
            faults = others.submit(self._faults.run, over, lambda: self._notes.endings.total() / self._plan.visits)
            try:
                self._visit_all()
            finally:
                over.set()
            self._prices, _ = prices.result(), faults.result()

    def _visit_all(self) -> None:
        visits = deck(self._plan.visits, closing=self._plan.closing, seed=self._plan.seed)
        places = self._places()
        shoppers = [Shopper(Browser(cookies, self._failures), places, self._notes) for cookies in stage.cookies()]
        theirs: list[list[Visit]] = [[] for _ in shoppers]
        for visit, own in zip(visits, cycle(theirs)):
            own.append(visit)
        with ThreadPoolExecutor(self._plan.at_once) as pool:
            done, _ = wait([pool.submit(_visit_in_turn, *pair) for pair in zip(shoppers, theirs, strict=True)])
        for future in done:
            future.result()

    def _places(self) -> Places:
        pages = stage.product_pages()
        return Places(
            shop=self._shop.url,
            sandbox=self._shop.sandbox_url,
            products=tuple(f"{self._shop.url}/products/{page.slug}/" for page in pages),
            keys=tuple(str(page.product_key) for page in pages),
        )

    def _wait_for_agreement(self) -> tuple[Verdict, float | None]:
        """The last look, and the seconds from calm until the books agreed, or None."""
        order(self._shop.sandbox_url, "calm", {})
        self._shop.web.stop()
        calm = time.monotonic()
        with _opened(self._shop) as state:
            oracle = Oracle(state, self._notes)
            verdict = oracle.look()
            while verdict.wrong and time.monotonic() < calm + self._plan.patience:
                time.sleep(LOOK_EVERY)
                self._shop.worker.start()  # unless it runs
                verdict = oracle.look()
        return verdict, None if verdict.wrong else time.monotonic() - calm

    def _report(self, verdict: Verdict, agreed_after: float | None, seconds: float) -> Report:
        self._shop.worker.stop()
        return Report(
            seed=self._plan.seed,
            verdict=verdict,
            agreed_after=agreed_after,
            audit=self._audit(),
            ways=self._plan.ways,
            endings=self._notes.endings,
            failures=[failure.what for failure in self._failures.pages if not self._faults.explain(failure)],
            broken_connections=self._failures.connections,
            kills=self._faults.kills,
            outages=len(self._faults.outages),
            prices=self._prices,
            seconds=seconds,
        )

    def _audit(self) -> int:
        """The shop's own comparison, in a process without a planted bug: its exit code."""
        with (self._shop.sandbox_state.parent / "audit.log").open("wb") as log:
            environment = self._shop.worker.environment | self._shop.environment
            return subprocess.run(AUDIT, cwd=ROOT, env=environment, stdout=log, stderr=log, check=False).returncode


def _visit_in_turn(shopper: Shopper, visits: list[Visit]) -> None:
    for visit in visits:
        shopper.visit(visit)


@contextmanager
def _opened(shop: Shop) -> Iterator[State]:
    """The sandbox's file, read beside it."""
    connection.close()  # the storm may have broken it
    state = State(shop.sandbox_state)
    try:
        yield state
    finally:
        state.close()
