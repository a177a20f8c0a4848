"""Success pages, webhooks, worker, clicks and the archiving job at the same time: one order,
whoever is first.
"""

import random
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from alerts.models import Alert
from orders.checkout import complete, poll
from orders.checkout.complete import Outcome
from orders.checkout.match import fetch
from orders.events import process
from orders.models import Checkout, Order, StripeEvent
from products.archiving import archive_old_prices
from products.models import PricePeriod, Product, ProductPage, Reservation, StripePrice
from stripe_sandbox import NotOpen, Sandbox
from tests.conftest import deliver, form, send
from tests.orders.selling import (
    alter,
    at_once,
    buy,
    make_due,
    only_order,
    session_states,
    signed,
    success,
    told,
    twin,
)

Action = Callable[[], Any]
ROUNDS = 20


def a_moment_later(action: Action, seconds: float) -> Action:
    """The action, started some milliseconds after the others."""

    def later() -> Any:
        time.sleep(seconds)
        return action()

    return later


def check_one_more_order(before: int, session_id: str) -> None:
    order = Order.objects.get(session_id=session_id)
    assert Order.objects.count() == before + 1
    assert [(line.name, line.unit_amount, line.quantity) for line in order.lines.all()] == [
        ("Brass lamp", 149900, 2)
    ]
    assert (order.subtotal, order.total, order.currency) == (299800, 299800, "inr")
    assert order.events.count() == 1
    assert Checkout.objects.get(session_id=session_id).status == "complete"
    assert not Reservation.objects.exists()


def test_five_reloads_and_three_deliveries_in_random_order_give_one_order(
    committed_db: None, synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    chance = random.Random(20)
    for before in range(ROUNDS):
        session_id = buy(synced, member, lamp, 2)
        body, signature = signed(told(synced))
        actions: list[Action] = [partial(success, twin(member), session_id) for _ in range(5)]
        actions += [partial(send, body, signature) for _ in range(3)]
        spread = chance.choice([0, 0.005, 0.03])
        answers = at_once(*(a_moment_later(action, chance.random() * spread) for action in actions))
        # A success page that loads while another one asks Stripe waits five seconds; it never
        # fails.
        assert {answer.status_code for answer in answers[:5]} <= {200, 303}
        assert [answer.status_code for answer in answers[5:]] == [200] * 3
        check_one_more_order(before, session_id)
        assert success(member, session_id).status_code == 303
    assert not Alert.objects.exists()
    assert set(StripeEvent.objects.values_list("outcome", flat=True)) == {"processed"}


def test_webhook_success_page_and_worker_at_the_same_time_give_one_order(
    committed_db: None, synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    for before in range(5):
        session_id = buy(synced, member, lamp, 2)
        outdated = {
            **told(synced),
            "api_version": "2020-08-27",
        }  # makes the webhook ask Stripe, too
        make_due()
        at_once(
            *[partial(send, *signed(outdated))] * 3,
            *[partial(success, twin(member), session_id) for _ in range(3)],
            poll.poll_checkouts,
            poll.poll_checkouts,
        )
        make_due()
        at_once(*[process.process_pending_events] * 3)
        check_one_more_order(before, session_id)
    assert not Alert.objects.exists()


def test_eight_completions_with_states_of_different_ages_give_one_order(
    committed_db: None, synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    session_id = buy(synced, member, lamp, 2)
    paid = fetch(session_id)
    alter(synced, "checkout.session", session_id, payment_status="unpaid")
    processing = fetch(session_id)
    complete_now = partial(complete.complete, source="test")
    outcomes = [
        each.outcome
        for each in at_once(*[partial(complete_now, paid), partial(complete_now, processing)] * 4)
    ]
    assert outcomes.count(Outcome.CREATED) == 1
    check_one_more_order(0, session_id)


def test_paying_while_the_basket_changes_gives_an_order_or_charges_nothing(
    committed_db: None, synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    data = form((lamp, 2))
    for _ in range(8):
        token_form = {**form((lamp, 2)), "token": data["token"]}
        data = form((lamp, 2))
        first = member.post("/checkout/", token_form)["Location"].rsplit("/", 1)[1]

        def pay(session_id: str = first) -> bool:
            try:
                synced.pay(session_id)
            except NotOpen:
                return False
            return True

        paid, answer = at_once(
            pay, partial(twin(member).post, "/checkout/", {**token_form, "quantity": "3"})
        )
        assert answer.status_code == 303
        if paid:
            assert answer["Location"] == Order.objects.get(session_id=first).get_absolute_url()
        else:
            assert session_states(synced)[first] == "expired"
            assert session_states(synced)[answer["Location"].rsplit("/", 1)[1]] == "open"
            assert not Order.objects.filter(session_id=first).exists()


def make_old(page: ProductPage) -> StripePrice:
    """A price that has not been live for days, as far as the archiving job can tell, and that a
    late click still needs.
    """
    past = timezone.now() - timedelta(days=3)
    product = Product.objects.get(translation_key=page.product_key)
    product.price_periods.all().delete()
    PricePeriod.objects.create(
        product=product, amount=page.unit_amount, currency="inr", since=past, until=past
    )
    PricePeriod.objects.create(product=product, amount=100, currency="inr", since=past)
    product.stripe_products.update(fingerprint="in step")
    product.stripe_prices.update(created_at=past)
    return product.stripe_prices.get()


def is_active(sandbox: Sandbox, price: StripePrice) -> bool:
    record = sandbox.state.get("price", price.stripe_id)
    return bool(record and record["active"])


def free_default(sandbox: Sandbox, price: StripePrice) -> None:
    """Stripe does not archive a default price; an old price is not the default."""
    product = sandbox.state.get("product", price.product.stripe_id)
    sandbox.state.save({**(product or {}), "default_price": None})


@pytest.mark.parametrize("rounds", [8])
def test_buying_and_archiving_at_once_neither_fail_nor_deadlock(
    committed_db: None,
    synced: Sandbox,
    member: Client,
    lamp: ProductPage,
    quilt: ProductPage,
    rounds: int,
) -> None:
    chance = random.Random(8)
    for _ in range(rounds):
        for page in (lamp, quilt):
            free_default(synced, make_old(page))
        answers = at_once(
            partial(twin(member).post, "/checkout/", form((lamp, 1), (quilt, 1))),
            a_moment_later(partial(archive_old_prices, synced.account), chance.random() * 0.03),
        )
        assert answers[0].status_code == 303
        checkout = Checkout.objects.get(status="open")
        held = [line.stripe_price for line in checkout.lines.select_related("stripe_price")]
        assert all(price.active for price in held)
        # A reserved price is never archived afterwards.
        assert archive_old_prices(synced.account) == []
        assert all(is_active(synced, price) for price in held)
        synced.expire(str(checkout.session_id))
        deliver(synced, "checkout.session.expired")
        assert not Reservation.objects.exists()


def test_a_reserved_price_is_not_archived_and_an_unused_one_is(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    price = make_old(lamp)
    free_default(synced, price)
    session_id = buy(synced, member, lamp)
    assert archive_old_prices(synced.account) == []
    assert is_active(synced, price)
    success(member, session_id)
    assert only_order().total == 149900
    assert archive_old_prices(synced.account) == []
    assert not is_active(synced, price)


def test_a_price_bought_during_the_archiving_call_is_active_in_the_end(
    committed_db: None, synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    price = make_old(lamp)
    free_default(synced, price)
    synced.fail_next(kind="hang", seconds=1.0, path=f"/v1/prices/{price.stripe_id}")

    def buy_then() -> Any:
        while StripePrice.objects.get(pk=price.pk).active:
            time.sleep(0.01)
        return member.post("/checkout/", form((lamp, 1)))

    _, answer = at_once(partial(archive_old_prices, synced.account), buy_then)
    assert answer.status_code == 303
    assert list(session_states(synced).values()) == ["open"]
    assert is_active(synced, price)
    assert StripePrice.objects.get(pk=price.pk).active
