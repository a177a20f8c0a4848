"""A run in which nothing failed, or too little was bought, is red."""

from collections import Counter
from typing import Any

import pytest

from tests.chaos import plan
from tests.chaos.oracle import Verdict
from tests.chaos.report import Report

FULL = plan.full(seed=1, visits=2000)
GOOD: dict[str, Any] = {
    "plan": FULL,
    "verdict": Verdict(checkouts=1800, completed_by=Counter(FULL.ways)),
    "kills": Counter(FULL.victims),
    "outages": 2,
    "prices": 1,
    "proven_after": 1.0,
    "seconds": 600.0,
}


def test_a_run_that_kept_to_its_plan_is_good() -> None:
    assert Report(**GOOD).complaints == {}


@pytest.mark.parametrize(
    ("changes", "seen_as"),
    [
        ({"outages": 1}, "database stops"),
        ({"kills": Counter(["web process", "web"])}, "worker killed"),
        ({"kills": Counter(["worker", "web"])}, "web process killed"),
        ({"kills": Counter(["web process", "worker"])}, "web killed"),
        ({"prices": 0}, "prices published"),
        ({"proven_after": None}, "not reconciled"),
        ({"verdict": Verdict(checkouts=1799, completed_by=Counter(FULL.ways))}, "checkouts"),
        (
            {"verdict": Verdict(checkouts=1800, completed_by=Counter(FULL.ways[1:]))},
            "completed by webhook",
        ),
        ({"seconds": 600.1}, "seconds"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_did_not_happen_is_complained_of(changes: dict[str, Any], seen_as: str) -> None:
    report = Report(**GOOD | changes)
    assert list(report.complaints) == [seen_as]
    assert report.text().splitlines()[-1].startswith("FAILED:")
