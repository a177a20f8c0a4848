"""One chaos run: shoppers buy while everything fails, then the faults end, and the worker has to
make Stripe and the orders agree without help.

The shop must also say so itself: a reconciliation that began after the faults ended must find
nothing.
"""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from itertools import cycle
from pathlib import Path
from threading import Event

from django.db import connection
from django.utils import timezone

from orders.models import Reconciliation
from stripe_sandbox import State
from tests.chaos import content, editor, finance, storekeeper, window_shopper
from tests.chaos.browser import Browser, Failures
from tests.chaos.database import Database
from tests.chaos.faults import Faults
from tests.chaos.observations import Notes
from tests.chaos.oracle import Oracle, Verdict
from tests.chaos.plan import Plan
from tests.chaos.processes import ROOT, Shop
from tests.chaos.report import Report
from tests.chaos.sandbox_controls import send_command
from tests.chaos.shoppers import Places, Shopper
from tests.chaos.visits import Visit, deck

LOOK_EVERY = 1.0  # seconds between two comparisons
AUDIT = [sys.executable, "manage.py", "reconcile_orders", "--check"]


class Run:
    """One run of a plan. The database is running and migrated, and the shop is not started yet."""

    def __init__(
        self, plan: Plan, shop: Shop, database: Database, sql: str, say: Callable[[str], None]
    ) -> None:
        self._plan, self._shop, self._say = plan, shop, say
        self._sql = sql
        self._notes, self._failures = Notes(), Failures()
        self._faults = Faults(shop, database, plan)
        self._over = Event()
        self._prices = 0
        self._money_back = Counter[str]()
        self._restocked = 0
        self._looks = window_shopper.Looks()

    def run(self) -> Report:
        """Run it, and return the report. Raises RuntimeError if a process does not start."""
        began = time.monotonic()
        content.fill(self._plan.shoppers, self._sql)
        self._shop.start()
        self._say(
            f"{self._plan.visits} visits by {self._plan.shoppers} shoppers, "
            f"{self._plan.at_once} at once ..."
        )
        self._storm()
        self._say("The faults have ended. Waiting for Stripe and the orders to agree ...")
        calm = self._become_calm()
        verdict, agreed_after = self._wait_for_agreement()
        expects_proof = verdict.is_final and not self._plan.alone
        proven_after = self._wait_until(lambda: _is_proven(since=calm)) if expects_proof else None
        return self._report(verdict, agreed_after, proven_after, time.monotonic() - began)

    def _storm(self) -> None:
        send_command(self._shop.sandbox_url, "chaos", seed=self._plan.seed, **self._plan.rates)
        with ThreadPoolExecutor(self._plan.at_once + 5) as pool:
            try:
                prices = pool.submit(
                    editor.edit, self._over, pause=self._plan.edit_pause, seed=self._plan.seed
                )
                money_back = pool.submit(
                    finance.give_back,
                    self._over,
                    sandbox=self._shop.sandbox_url,
                    pause=self._plan.edit_pause,
                    seed=self._plan.seed,
                )
                restocked = pool.submit(
                    storekeeper.fill_shelves,
                    self._over,
                    pause=self._plan.edit_pause,
                    seed=self._plan.seed,
                )
                looks = pool.submit(
                    window_shopper.look, self._over, address=self._shop.url, pause=LOOK_EVERY / 4
                )
                faults = pool.submit(self._faults.run, self._over, self._progress)
                for shopping in [
                    pool.submit(self._shop_in_turn, *pair) for pair in self._shoppers()
                ]:
                    shopping.result()
            finally:
                self._over.set()  # also if the run is interrupted: shoppers stop
            self._prices, _ = prices.result(), faults.result()
            self._money_back, self._restocked = money_back.result(), restocked.result()
            self._looks = looks.result()

    def _progress(self) -> float:
        return self._notes.endings.total() / self._plan.visits

    def _shoppers(self) -> Iterable[tuple[Shopper, list[Visit]]]:
        """Every shopper with his or her visits."""
        visits = deck(self._plan.visits, closing=self._plan.closing, seed=self._plan.seed)
        places = self._places()
        shoppers = [
            Shopper(Browser(cookies, self._failures), places, self._notes)
            for cookies in content.cookies()
        ]
        theirs: list[list[Visit]] = [[] for _ in shoppers]
        for visit, own in zip(visits, cycle(theirs)):
            own.append(visit)
        return zip(shoppers, theirs, strict=True)

    def _shop_in_turn(self, shopper: Shopper, visits: list[Visit]) -> None:
        for visit in visits:
            if not self._over.is_set():
                shopper.visit(visit)

    def _places(self) -> Places:
        pages = content.product_pages()
        return Places(
            shop=self._shop.url,
            sandbox=self._shop.sandbox_url,
            keys=tuple(str(page.product_key) for page in pages),
        )

    def _become_calm(self) -> datetime:
        send_command(self._shop.sandbox_url, "calm")
        self._shop.mail.calm_down()
        if not self._plan.alone:
            self._shop.web.stop()
        self._shop.worker.stop()
        connection.close()  # the storm may have broken it
        return timezone.now()

    def _wait_for_agreement(self) -> tuple[Verdict, float | None]:
        """The last verdict, and the seconds until both sides agreed, or None."""
        with _opened(self._shop.sandbox_state) as state:
            oracle = Oracle(state, self._notes, self._shop.mail)
            seconds = self._wait_until(lambda: oracle.look().is_final)
            return oracle.look(), seconds

    def _wait_until(self, is_reached: Callable[[], bool]) -> float | None:
        """Seconds until something is so, with the worker at work, or None where the plan's patience
        ends before.
        """
        begin = time.monotonic()
        while not is_reached():
            if time.monotonic() > begin + self._plan.patience:
                return None
            self._shop.worker.start()  # unless it runs
            time.sleep(LOOK_EVERY)
        return time.monotonic() - begin

    def _report(
        self,
        verdict: Verdict,
        agreed_after: float | None,
        proven_after: float | None,
        seconds: float,
    ) -> Report:
        self._shop.worker.stop()
        return Report(
            plan=self._plan,
            verdict=verdict,
            agreed_after=agreed_after,
            proven_after=proven_after,
            audit=self._audit(),
            endings=self._notes.endings,
            failures=[
                failure.what
                for failure in self._failures.pages
                if not self._faults.explain(failure)
            ],
            broken_connections=self._failures.connections,
            kills=self._faults.kills,
            outages=len(self._faults.outages),
            prices=self._prices,
            money_back=self._money_back,
            restocked=self._restocked,
            looks=self._looks,
            mail_faults=self._shop.mail.faults,
            seconds=seconds,
        )

    def _audit(self) -> int:
        """The shop's own comparison, in a process without a planted bug: its exit code."""
        with (self._shop.sandbox_state.parent / "audit.log").open("wb") as log:
            environment = self._shop.worker.environment | self._shop.environment
            return subprocess.run(
                AUDIT, cwd=ROOT, env=environment, stdout=log, stderr=log, check=False
            ).returncode


def _is_proven(*, since: datetime) -> bool:
    """Whether the worker has compared both sides since then, and found nothing."""
    runs = Reconciliation.objects.filter(
        cutoff__gte=since.replace(microsecond=0), finished_at__isnull=False
    )
    return runs.filter(discrepancy_count=0).exists()


@contextmanager
def _opened(file: Path) -> Iterator[State]:
    """The sandbox's file, read beside it."""
    state = State(file)
    try:
        yield state
    finally:
        state.close()
