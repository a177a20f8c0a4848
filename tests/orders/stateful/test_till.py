"""Random stories of the whole shop. `STATEFUL_EXAMPLES=2000` makes a long run from new seeds."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from pytest_django import Settings

from products.models import ProductPage
from tests.conftest import WEBHOOK_SECRET, MakeProduct
from tests.orders.stateful.disasters import TillWithEmptiedStripe, TillWithOldBackup
from tests.orders.stateful.stage import BANK_SECONDS, BASE_PRICES, BusyStripe, Stage
from tests.orders.stateful.till import Till

EXAMPLES = int(os.environ.get("STATEFUL_EXAMPLES", "0"))


def profile(examples: int, steps: int) -> settings:
    """So many stories of so many steps: always the same ones, but for a long run.

    The first one is the simplest.
    """
    return settings(
        max_examples=EXAMPLES or examples,
        stateful_step_count=steps,
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
        phases=(Phase.generate, Phase.shrink),
    )


@pytest.fixture
def stage(
    committed_db: None,
    settings: Settings,
    make_product: MakeProduct,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Stage]:
    """The shop, for all stories of a test."""
    pages: list[ProductPage] = [
        make_product(f"Product {price}", str(price)) for price in BASE_PRICES
    ]
    stripe = BusyStripe(webhook_secret=WEBHOOK_SECRET, bank_seconds=BANK_SECONDS)
    with stripe:
        settings.STRIPE_API_BASE = stripe.url
        stage = Stage(stripe, pages, monkeypatch)
        yield stage
        stage.calm()


@pytest.mark.parametrize(
    ("machine", "examples"),
    [(Till, 5), (TillWithOldBackup, 3), (TillWithEmptiedStripe, 3)],
    ids=["usual", "backup", "emptied"],
)
def test_whatever_happens_paid_sessions_and_orders_are_the_same_things(
    stage: Stage, machine: type[Till], examples: int
) -> None:
    run_state_machine_as_test(lambda: machine(stage), settings=profile(examples, steps=30))  # type: ignore[arg-type]
