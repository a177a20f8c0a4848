"""The worker is killed between what Stripe has done to a price and what we have noted of it; see
`test_self_repair.py` for new products and prices. The next run, or the next sale, brings both sides
together again.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import F
from django.test import Client

from orders.models import Order
from products import drift
from products.models import PricePeriod, ProductPage, StripePrice, StripeProduct
from products.sync import out_of_sync, sync_catalogue
from stripe_sandbox import Sandbox
from tests.conftest import calls, deliver, form, publish, session_of
from tests.process_to_kill import PATIENCE, kill, process, wait_until
from tests.products.conftest import AtStripe

NOW, OLD = 199900, 149900


@pytest.fixture
def dearer(committed_db: None, synced_lamp: ProductPage) -> ProductPage:
    """The lamp at its second price; nobody pays the first any more, and it ended two days ago."""
    page = publish(synced_lamp, price=Decimal("1999.00"))
    assert sync_catalogue() == []
    days = timedelta(days=2)
    PricePeriod.objects.filter(amount=OLD).update(
        since=F("since") - 2 * days, until=F("until") - days
    )
    StripePrice.objects.filter(unit_amount=OLD).update(created_at=F("created_at") - 2 * days)
    return page


def killed_at(
    sandbox: Sandbox, job: str, path: str, done: Callable[[], object] | None = None
) -> None:
    """Do a job in a process and kill it during its POST: after Stripe has `done` it, or
    else before.
    """
    sandbox.requests.clear()
    moment = "after" if done else "before"
    sandbox.fail_next(kind="hang", seconds=PATIENCE, path=path, method="POST", moment=moment)
    with process(job) as child:
        wait_until(done or (lambda: calls(sandbox, "POST", path)), child)
        kill(child)


def old_price(at_stripe: AtStripe, page: ProductPage) -> str:
    """The address of the price that ended."""
    return f"/v1/prices/{at_stripe.price_id(page, OLD)}"


def wait_until_archived(at_stripe: AtStripe, page: ProductPage) -> None:
    end = time.monotonic() + PATIENCE
    while not has_archived(at_stripe, page)():
        assert time.monotonic() < end
        time.sleep(0.01)


def has_archived(at_stripe: AtStripe, page: ProductPage) -> Callable[[], bool]:
    return lambda: (OLD, False) in at_stripe.prices(page)


def check_in_step(
    sandbox: Sandbox, at_stripe: AtStripe, page: ProductPage, *prices: tuple[int, bool]
) -> None:
    """Both sides have these prices, charge what the page says, and the next runs have nothing to
    do.
    """
    assert sorted(at_stripe.prices(page)) == sorted(prices)
    assert set(StripePrice.objects.values_list("unit_amount", "active")) == set(prices)
    assert at_stripe.charged(page) == page.unit_amount
    assert not list(out_of_sync(sandbox.account)) and StripeProduct.objects.get().active
    sandbox.requests.clear()
    assert sync_catalogue() == drift.repair() == drift.compare_all() == []
    assert not calls(sandbox, "POST")


def test_killed_when_stripe_had_archived_an_old_price_nothing_is_left_to_do(
    sandbox: Sandbox, at_stripe: AtStripe, dearer: ProductPage
) -> None:
    killed_at(
        sandbox,
        "products.drift.repair",
        old_price(at_stripe, dearer),
        has_archived(at_stripe, dearer),
    )
    sandbox.clear_faults()
    assert drift.repair() == []
    check_in_step(sandbox, at_stripe, dearer, (OLD, False), (NOW, True))


def test_killed_when_an_old_price_was_about_to_be_archived_the_next_run_archives_it(
    sandbox: Sandbox, at_stripe: AtStripe, dearer: ProductPage
) -> None:
    sandbox.fail_next(kind="reset", path=old_price(at_stripe, dearer), method="POST", times=None)
    with process("products.drift.repair") as child:
        wait_until(lambda: calls(sandbox, "POST", old_price(at_stripe, dearer)), child)
        kill(child)
    sandbox.clear_faults()
    assert at_stripe.prices(dearer) == [(OLD, True), (NOW, True)]
    assert drift.repair() == []
    check_in_step(sandbox, at_stripe, dearer, (OLD, False), (NOW, True))


def test_killed_when_stripe_had_archived_a_price_it_is_brought_back_when_it_is_published_again(
    sandbox: Sandbox, at_stripe: AtStripe, dearer: ProductPage
) -> None:
    killed_at(
        sandbox,
        "products.drift.repair",
        old_price(at_stripe, dearer),
        has_archived(at_stripe, dearer),
    )
    sandbox.clear_faults()
    page = publish(dearer, price=Decimal("1499.00"))
    assert sync_catalogue() == []
    check_in_step(sandbox, at_stripe, page, (OLD, True), (NOW, True))


def test_a_price_archived_by_a_killed_process_while_it_was_sold_is_restored_by_the_next_sale(
    sandbox: Sandbox,
    at_stripe: AtStripe,
    dearer: ProductPage,
    member: Client,
    django_user_model: Any,
) -> None:
    path = old_price(at_stripe, dearer)
    killed_at(sandbox, "products.drift.repair", path)
    page = publish(dearer, price=Decimal("1499.00"))
    first = session_of(member.post("/checkout/", form((page, 1))))
    sandbox.clear_faults()  # only now Stripe carries out what the dead process requested
    wait_until_archived(at_stripe, page)
    other = Client()
    other.force_login(django_user_model.objects.create_user("other@example.com"))
    second = session_of(other.post("/checkout/", form((page, 1))))
    for session_id in (first, second):
        sandbox.pay(session_id)
        assert deliver(sandbox).status_code == 200
    assert sorted(Order.objects.values_list("total", flat=True)) == [OLD, OLD]
    assert sync_catalogue() == []
    check_in_step(sandbox, at_stripe, page, (OLD, True), (NOW, True))


def test_killed_when_stripe_had_brought_an_archived_price_back_the_next_run_sells_at_it(
    sandbox: Sandbox, at_stripe: AtStripe, dearer: ProductPage
) -> None:
    assert drift.repair() == []
    assert at_stripe.prices(dearer) == [(OLD, False), (NOW, True)]
    page = publish(dearer, price=Decimal("1499.00"))
    is_back = [(OLD, True), (NOW, True)]
    path = old_price(at_stripe, page)
    killed_at(
        sandbox, "products.sync.sync_catalogue", path, lambda: at_stripe.prices(page) == is_back
    )
    sandbox.clear_faults()
    assert list(out_of_sync(sandbox.account))
    assert sync_catalogue() == []
    check_in_step(sandbox, at_stripe, page, *is_back)


@pytest.mark.parametrize(
    "again", [False, True], ids=["and stays unpublished", "and is published again"]
)
def test_killed_when_stripe_had_ended_a_sale_the_next_run_makes_sure_of_it(
    committed_db: None, sandbox: Sandbox, at_stripe: AtStripe, synced_lamp: ProductPage, again: bool
) -> None:
    synced_lamp.unpublish()
    path = f"/v1/products/{at_stripe.product(synced_lamp)['id']}"
    killed_at(
        sandbox,
        "products.sync.sync_catalogue",
        path,
        lambda: not at_stripe.product(synced_lamp)["active"],
    )
    sandbox.clear_faults()
    assert list(out_of_sync(sandbox.account))
    if again:
        synced_lamp = publish(synced_lamp, price=Decimal("1499.00"))
    assert sync_catalogue() == []
    if again:
        check_in_step(sandbox, at_stripe, synced_lamp, (OLD, True))
    else:
        assert (at_stripe.charged(synced_lamp), list(out_of_sync(sandbox.account))) == (None, [])
        assert (StripeProduct.objects.get().active, drift.compare_all()) == (False, [])
