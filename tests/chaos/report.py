"""The report of a run: figures, what is wrong, and whether the run has passed."""

from collections import Counter
from dataclasses import dataclass, field

from tests.chaos.oracle import Verdict
from tests.chaos.plan import Plan
from tests.chaos.window_shopper import Looks

SHOWN = 5  # of each kind
# The email has arrived, and the shop cannot know it.
ACCEPTED_UNNOTICED = ("accepts without an answer",)


@dataclass
class Report:
    """The results of a run."""

    plan: Plan
    verdict: Verdict = field(default_factory=Verdict)
    agreed_after: float | None = None  # seconds after the last fault; None: never
    proven_after: float | None = (
        None  # seconds from agreement until the shop's own comparison said so; None: never
    )
    audit: int = 0  # exit code of manage.py reconcile_orders --check
    endings: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(
        default_factory=list
    )  # pages with status 500 that no outage explains
    broken_connections: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    outages: int = 0
    prices: int = 0
    money_back: Counter[str] = field(default_factory=Counter)
    restocked: int = 0  # items that the storekeeper added
    looks: Looks = field(default_factory=Looks)
    mail_faults: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0  # from the empty shop to the proof that both sides agree

    @property
    def complaints(self) -> dict[str, list[str]]:
        """Why the run failed: sentences by kind; empty if it passed."""
        found = self.verdict.wrong | self._not_as_planned()
        if self.verdict.under_way:
            found["processing"] = [f"{self.verdict.under_way} payments are still processing"]
        if self.failures:
            found["HTTP 500"] = self.failures
        if self.verdict.is_final and self.proven_after is None and not self.plan.alone:
            found["not reconciled"] = [
                "Stripe and the orders agree, but no reconciliation by the worker says so"
            ]
        if len(self.verdict.emails_doubled) > self.excuses:
            found["emails doubled"] = self.verdict.emails_doubled
        if self.verdict.contradicts(self.audit):
            found["reconcile_orders"] = [f"exited with {self.audit}, but the oracle disagrees"]
        return found

    @property
    def excuses(self) -> int:
        """How many emails may have come twice: one for each crash while emails are sent, and for
        each that the server accepted without saying so.
        """
        lost = sum(n for what, n in self.mail_faults.items() if what in ACCEPTED_UNNOTICED)
        return self.kills["worker"] + self.outages + lost

    def _not_as_planned(self) -> dict[str, list[str]]:
        """What was planned but did not happen: a run without its faults proves nothing."""
        plan, checkouts, stops = self.plan, self.verdict.checkouts, len(self.plan.outages_at)
        failed = [
            *(
                (f"completed by {way}", "no order was", not self.verdict.completed_by[way])
                for way in plan.ways
            ),
            *((f"{victim} killed", "never", not self.kills[victim]) for victim in plan.victims),
            ("database stops", f"{self.outages} of {stops}", self.outages < stops),
            ("prices published", "none", not self.prices),
            (
                "checkouts",
                f"{checkouts}, and {plan.least_checkouts} at least",
                checkouts < plan.least_checkouts,
            ),
            (
                "seconds",
                f"{self.seconds:.0f}, and {plan.most_seconds:.0f} at most",
                self.seconds > plan.most_seconds,
            ),
        ]
        return {kind: [sentence] for kind, sentence, wrong in failed if wrong}

    def text(self) -> str:
        """All lines; the last one is the summary."""
        return "\n".join([*self._figures(), *self._wrong(), self._summary()])

    def _wrong(self) -> list[str]:
        return [
            f"WRONG ({kind}, {len(sentences)}): {sentence}"
            for kind, sentences in self.complaints.items()
            for sentence in sentences[:SHOWN]
        ]

    def _figures(self) -> list[str]:
        verdict = self.verdict
        return [
            f"seed             {self.plan.seed}",
            f"visits asked for {self.plan.visits} "
            "(--checkouts counts visits: some start two checkouts, some none)",
            f"visits ended     {self.endings.total()}: {_counted(self.endings)}",
            f"checkouts        {verdict.checkouts} started",
            f"sessions         {verdict.sessions}, {verdict.paid} of them paid",
            f"orders           {verdict.orders}",
            f"completed by     {_counted(verdict.completed_by)}",
            f"lost             {len(verdict.lost)}",
            f"unpaid           {len(verdict.unpaid)}",
            f"doubled          {len(verdict.doubled)}",
            f"amounts off      {len(verdict.amounts_off)}",
            f"left open        {len(verdict.left_open)}",
            f"refunds          {verdict.refunds} at Stripe, {verdict.disputes} disputes",
            f"refunds lost     {len(verdict.refunds_lost)}",
            f"refunds doubled  {len(verdict.refunds_doubled)}",
            f"stock off        {len(verdict.stock_off)}, {verdict.short} items short,"
            f" {self.restocked} added",
            f"emails           {verdict.emails} received",
            f"emails missing   {len(verdict.emails_missing)}",
            f"emails doubled   {len(verdict.emails_doubled)}, {self.excuses} at most",
            f"mail server      {_counted(self.mail_faults)}",
            f"agreed           {_after(self.agreed_after, 'the end of the faults')}",
            f"reconciled       {_after(self.proven_after, 'that')}",
            f"HTTP 500         {len(self.failures)} seen by shoppers while the database was there",
            f"home page        {self.looks}",
            f"broken           {self.broken_connections} connections",
            f"kills            {_counted(self.kills)}",
            f"database stops   {self.outages} of {len(self.plan.outages_at)}",
            f"prices published {self.prices}",
            f"money back       {_counted(self.money_back)}",
        ]

    def _summary(self) -> str:
        verdict = self.verdict
        word = "FAILED" if self.complaints else "OK"
        return (
            f"{word}: seed {self.plan.seed}, "
            f"{verdict.checkouts} checkouts, {verdict.paid} paid, {verdict.orders} orders, "
            f"lost {len(verdict.lost)}, doubled {len(verdict.doubled)}, "
            f"amounts off {len(verdict.amounts_off)}, "
            f"{verdict.refunds} refunds, lost {len(verdict.refunds_lost)}, "
            f"doubled {len(verdict.refunds_doubled)}, "
            f"stock off {len(verdict.stock_off)}, emails missing {len(verdict.emails_missing)}, "
            f"doubled {len(verdict.emails_doubled)} of {self.excuses}, "
            f"{self.kills.total()} kills, {self.outages} database stops, {self.seconds:.0f} s"
        )


def _after(seconds: float | None, what: str) -> str:
    return "never" if seconds is None else f"{seconds:.1f} s after {what}"


def _counted(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counter.most_common()) or "nobody"
