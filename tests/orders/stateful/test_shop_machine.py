"""Random examples of the whole shop. `STATEFUL_EXAMPLES=2000` makes a long run with new seeds."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from pytest_django import Settings

from products.models import ProductPage
from tests.conftest import WEBHOOK_SECRET, MakeProduct
from tests.orders.stateful.environment import BANK_SECONDS, BASE_PRICES, BusyStripe, Environment
from tests.orders.stateful.lost_data import ShopWithEmptiedStripe, ShopWithOldBackup
from tests.orders.stateful.shop_machine import ShopMachine

EXAMPLES = int(os.environ.get("STATEFUL_EXAMPLES", "0"))


def profile(examples: int, steps: int) -> settings:
    """This many examples of this many steps: always the same ones, except in a long run."""
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
def env(
    committed_db: None,
    settings: Settings,
    make_product: MakeProduct,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Environment]:
    """The shop, for all examples of a test."""
    pages: list[ProductPage] = [
        make_product(f"Product {price}", str(price)) for price in BASE_PRICES
    ]
    stripe = BusyStripe(webhook_secret=WEBHOOK_SECRET, bank_seconds=BANK_SECONDS)
    with stripe:
        settings.STRIPE_API_BASE = stripe.url
        env = Environment(stripe, pages, monkeypatch)
        yield env
        env.clear_faults()


@pytest.mark.parametrize(
    ("machine", "examples"),
    [(ShopMachine, 5), (ShopWithOldBackup, 3), (ShopWithEmptiedStripe, 3)],
    ids=["usual", "backup", "emptied"],
)
def test_whatever_happens_every_paid_session_has_its_order(
    env: Environment, machine: type[ShopMachine], examples: int
) -> None:
    run_state_machine_as_test(lambda: machine(env), settings=profile(examples, steps=30))  # type: ignore[arg-type]
