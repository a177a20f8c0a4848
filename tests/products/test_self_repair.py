"""Two syncs at once, and processes killed half-way: Stripe is never old while the shop calls
itself in step.
"""

import threading
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections

from products import stripe_account
from products.catalogue import desired_for
from products.models import Product, ProductPage, StripePrice, StripeProduct
from products.sellable import sellable_price
from products.sync import out_of_sync, sync_catalogue
from stripe_sandbox import Sandbox
from tests.conftest import publish
from tests.process_to_kill import kill, process
from tests.products.conftest import AtStripe

PATIENCE = 20.0  # seconds


def wait_until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


@pytest.fixture
def at_once(committed_db: None) -> Iterator[Callable[..., threading.Thread]]:
    """Start a function in a thread with a connection of its own."""
    threads: list[threading.Thread] = []

    def start(function: Callable[..., object], *args: Any) -> threading.Thread:
        def run() -> None:
            try:
                function(*args)
            finally:
                connections.close_all()

        thread = threading.Thread(target=run, daemon=True)
        threads.append(thread)
        thread.start()
        return thread

    yield start
    for thread in threads:
        thread.join(PATIENCE)


def is_honest(at_stripe: AtStripe, page: ProductPage) -> bool:
    """Either we know that we are not in step, or Stripe charges what the page says."""
    page.refresh_from_db()
    return (
        bool(list(out_of_sync(stripe_account.current())))
        or at_stripe.charged(page) == page.unit_amount
    )


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("step", ["/v1/prices", "/v1/products/"])
def test_a_slow_old_sync_marks_the_product_out_of_sync_again(
    committed_db: None, sandbox: Sandbox, at_stripe: AtStripe, synced_lamp: ProductPage,
    at_once: Callable[..., threading.Thread], step: str, moment: str,
) -> None:  # fmt: skip
    publish(synced_lamp, price=Decimal("1.00"))
    sandbox.fail_next(kind="hang", seconds=8, path=step, method="POST", moment=moment)
    old = at_once(sync_catalogue)
    wait_until(
        lambda: any(
            call.method == "POST" and call.path.startswith(step) for call in sandbox.requests
        )
    )
    publish(synced_lamp, price=Decimal("2.00"))
    assert sync_catalogue() == []
    assert at_stripe.charged(synced_lamp) == 200
    sandbox.clear_faults()
    old.join(PATIENCE)
    assert is_honest(at_stripe, synced_lamp)
    assert sync_catalogue() == []
    assert at_stripe.charged(synced_lamp) == 200
    assert not list(out_of_sync(sandbox.account))


def test_a_late_write_marks_the_product_out_of_sync_again(
    committed_db: None, sandbox: Sandbox, at_stripe: AtStripe, synced_lamp: ProductPage,
    at_once: Callable[..., threading.Thread],
) -> None:  # fmt: skip
    publish(synced_lamp, price=Decimal("1.00"))
    path = f"/v1/products/{at_stripe.product(synced_lamp)['id']}"
    sandbox.fail_next(kind="hang", seconds=30, path=path)
    old = at_once(sync_catalogue)
    wait_until(lambda: any(call.path == path for call in sandbox.requests))
    publish(synced_lamp, price=Decimal("2.00"))
    assert sync_catalogue() == []
    old.join(PATIENCE)  # it gives up after ten seconds
    assert at_stripe.charged(synced_lamp) == 200
    sandbox.clear_faults()  # and only now Stripe carries out what it requested
    wait_until(lambda: at_stripe.charged(synced_lamp) == 100)
    assert list(out_of_sync(sandbox.account))
    assert sync_catalogue(now=True) == []
    assert at_stripe.charged(synced_lamp) == 200


def test_a_product_unpublished_while_a_checkout_activates_it_ends_inactive(
    committed_db: None, sandbox: Sandbox, at_stripe: AtStripe, lamp: ProductPage,
    at_once: Callable[..., threading.Thread],
) -> None:  # fmt: skip
    account = stripe_account.current()
    product = Product.objects.get(translation_key=lamp.translation_key)
    path = f"/v1/products/{product.stripe_id}"
    sandbox.fail_next(kind="hang", seconds=8, path=path)
    checkout = at_once(sellable_price, product, account, desired_for(lamp))
    wait_until(lambda: any(call.path == path for call in sandbox.requests))
    lamp.unpublish()
    assert sync_catalogue() == []
    assert at_stripe.product(lamp)["active"] is False
    sandbox.clear_faults()
    checkout.join(PATIENCE)
    assert at_stripe.product(lamp)["active"] is True  # the checkout came last
    assert sync_catalogue() == []
    assert at_stripe.product(lamp)["active"] is False


@pytest.mark.parametrize("round_", range(3))
def test_eight_pushes_at_once_make_one_product_and_one_price(
    committed_db: None, sandbox: Sandbox, at_stripe: AtStripe, lamp: ProductPage,
    at_once: Callable[..., threading.Thread], round_: int,
) -> None:  # fmt: skip
    begin = threading.Barrier(8)
    product = Product.objects.get(translation_key=lamp.translation_key)

    def sync() -> None:
        begin.wait(PATIENCE)
        sync_catalogue(now=True)

    def sell() -> None:
        begin.wait(PATIENCE)
        sellable_price(product, stripe_account.current(), desired_for(lamp))

    for thread in [at_once(function) for function in [sync, sell] * 4]:
        thread.join(PATIENCE)
    assert is_honest(at_stripe, lamp)
    assert sync_catalogue(now=True) == []
    assert at_stripe.prices(lamp) == [(149900, True)]
    assert StripePrice.objects.count() == 1
    assert at_stripe.charged(lamp) == 149900


SYNC = "products.sync.sync_catalogue"


def killed_at(sandbox: Sandbox, method: str, path: str) -> None:
    """Sync in another process and kill it after Stripe did the work of this call and before it
    heard so.
    """
    sandbox.requests.clear()
    sandbox.fail_next(kind="hang", seconds=60, path=path, method=method, moment="after")
    with process(SYNC) as child:
        wait_until(
            lambda: any(c.method == method and c.path.startswith(path) for c in sandbox.requests)
        )
        time.sleep(0.3)  # the work is done in a few milliseconds; the answer hangs
        kill(child)
    sandbox.clear_faults()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/account"),
        ("POST", "/v1/products"),  # the product is made
        ("GET", "/v1/prices"),
        ("POST", "/v1/prices"),  # the price is made
        ("POST", "/v1/products/"),  # it is the default, all is well, and we do not know
    ],
)
def test_a_process_killed_between_stripes_work_and_our_note_heals_at_the_next_run(
    committed_db: None,
    sandbox: Sandbox,
    at_stripe: AtStripe,
    lamp: ProductPage,
    method: str,
    path: str,
) -> None:
    killed_at(sandbox, method, path)
    if path != "/v1/account":
        assert list(out_of_sync(sandbox.account))
    assert sync_catalogue() == []
    assert at_stripe.prices(lamp) == [(149900, True)]
    assert at_stripe.charged(lamp) == 149900
    assert not list(out_of_sync(sandbox.account))


@pytest.mark.parametrize(("method", "path"), [("POST", "/v1/prices"), ("POST", "/v1/products/")])
def test_killed_while_a_new_price_was_pushed_and_unpublished_after_it_is_not_sold(
    committed_db: None,
    sandbox: Sandbox,
    at_stripe: AtStripe,
    synced_lamp: ProductPage,
    method: str,
    path: str,
) -> None:
    publish(synced_lamp, price=Decimal("1.00"))
    killed_at(sandbox, method, path)
    synced_lamp.unpublish()
    assert sync_catalogue() == []
    assert at_stripe.product(synced_lamp)["active"] is False


def test_killed_after_a_new_price_and_published_back_after_it_stripe_goes_back_too(
    committed_db: None, sandbox: Sandbox, at_stripe: AtStripe, synced_lamp: ProductPage
) -> None:
    """The fingerprint of before would be the one wanted again: it must be gone by then."""
    publish(synced_lamp, price=Decimal("1.00"))
    killed_at(sandbox, "POST", "/v1/products/")
    assert at_stripe.charged(synced_lamp) == 100
    publish(synced_lamp, price=Decimal("1499.00"))
    assert sync_catalogue() == []
    assert at_stripe.charged(synced_lamp) == 149900


def test_killed_before_the_creation_was_noted_and_unpublished_after_it_is_not_sold(
    committed_db: None, sandbox: Sandbox, at_stripe: AtStripe, lamp: ProductPage
) -> None:
    killed_at(sandbox, "POST", "/v1/products")
    assert not StripeProduct.objects.get().created
    lamp.unpublish()
    assert sync_catalogue() == []
    assert at_stripe.product(lamp)["active"] is False


def test_killed_while_it_was_unpublished_it_is_inactive_after_the_next_run(
    committed_db: None, sandbox: Sandbox, at_stripe: AtStripe, synced_lamp: ProductPage
) -> None:
    synced_lamp.unpublish()
    sandbox.fail_next(kind="hang", seconds=60, moment="before")
    with process(SYNC) as child:
        wait_until(lambda: bool(sandbox.requests))
        kill(child)
    sandbox.clear_faults()
    publish(synced_lamp, price=Decimal("1499.00"))
    assert sync_catalogue() == []
    assert at_stripe.charged(synced_lamp) == 149900
