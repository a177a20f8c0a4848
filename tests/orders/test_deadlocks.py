"""Everything that takes locks, at once on a few shared rows: PostgreSQL never has to break a
deadlock.

Deadlocks are counted by the server, so that one which was merely tried again is seen, too.
`DEADLOCK_TRIES` is how often locks are taken.
"""

import os
import random
import threading
import time
import uuid
from contextlib import suppress
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from orders import policy
from orders.checkout import basket, basket_form, complete, start
from orders.checkout import session as checkout_session
from orders.checkout.close import close
from orders.checkout.match import fetch, match
from orders.events import process
from orders.locking import atomic_with_retries
from orders.models import Checkout, Order, StripeEvent
from orders.statuses import CheckoutStatus
from products import archiving, price_history
from products.models import PricePeriod, Product, ProductPage, StripePrice
from stripe_gateway.sessions import ItemPrice, LineItem, Session
from stripe_sandbox import Sandbox
from tests.conftest import calls
from tests.orders.selling import at_once, buy, signed, told
from users.models import User

TRIES = int(os.environ.get("DEADLOCK_TRIES", "400"))
THREADS, AT_A_TIME = 8, 50  # tries of each thread per round


def deadlocks() -> int:
    """How many deadlocks PostgreSQL has broken in this database.

    Only closed connections are counted.
    """
    with connection.cursor() as cursor:
        for _ in range(1000):
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            )
            if cursor.fetchone() == (1,):
                break
            time.sleep(0.01)
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        (count,) = cursor.fetchone()
    return int(count)


def test_a_deadlock_that_was_retried_is_counted(
    committed_db: None, lamp: ProductPage, quilt: ProductPage
) -> None:
    before, both_hold_one = deadlocks(), threading.Barrier(2)
    ids = list(Product.objects.order_by("pk").values_list("pk", flat=True))

    @atomic_with_retries
    def lock(first: int, second: int) -> None:
        Product.objects.select_for_update().get(pk=first)
        with suppress(threading.BrokenBarrierError):
            both_hold_one.wait(30)
            both_hold_one.abort()  # a retry meets nobody
        Product.objects.select_for_update().get(pk=second)

    at_once(partial(lock, *ids), partial(lock, *reversed(ids)))
    assert deadlocks() > before  # more than one if a retry was faster than the other thread


class Crowd:
    """Three shoppers, two products, and what may happen to their checkouts, without any call to
    Stripe.
    """

    def __init__(
        self, sandbox: Sandbox, paid: Session, event: dict[str, Any], chance: random.Random
    ) -> None:
        self.paid, self.event, self.chance = paid, event, chance
        self.users = [User.objects.create_user(f"{number}@example.com") for number in range(3)]
        self.prices = {
            str(price.product.translation_key): price for price in StripePrice.objects.all()
        }
        self.account = sandbox.account
        self.lost = paid.model_copy(
            update={"metadata": {**paid.metadata, "checkout": ""}, "line_items": ()}
        )
        self.actions = [
            *[self.begin] * 4,
            *[self.complete] * 3,
            self.complete_unpaid,
            self.close,
            self.next_attempt,
            self.archive,
            self.record_price,
            *[self.retry_event] * 2,
            self.complete_without_checkout,
        ]

    def begin(self) -> None:
        """Start a checkout: locks a user and prices."""
        quantities = {key: self.chance.randrange(3) for key in self.prices}
        chosen = basket.basket_of(basket_form.stored_choices(quantities))
        self.chance.shuffle(chosen.lines)
        if chosen.lines:
            user = self.chance.choice(self.users)
            checkout = start.find_or_create(user, chosen, self.account, self.prices)
            opened = {
                "status": "open",
                "session_id": f"cs_test_{checkout.pk.hex}",
                "url": "http://testserver/",
            }
            Checkout.objects.filter(pk=checkout.pk, status="opening").update(**opened)

    def checkout(self) -> Checkout | None:
        """One of the latest checkouts, which other threads use, too."""
        latest = list(Checkout.objects.exclude(session_id=self.paid.id).order_by("-created_at")[:4])
        return self.chance.choice(latest) if latest else None

    def session_for(self, checkout: Checkout, **changes: Any) -> Session:
        """The session that Stripe would return for a checkout."""
        values = {
            "id": f"cs_test_{checkout.pk.hex}",
            "payment_intent": f"pi_{checkout.pk.hex}",
            "subtotal": checkout.subtotal,
            "total": checkout.subtotal,
            "metadata": {**self.paid.metadata, "checkout": str(checkout.pk)},
        }
        return self.paid.model_copy(update={**values, **changes})

    def complete(self) -> None:
        if checkout := self.checkout():
            complete.complete(match(self.session_for(checkout)), source="test")

    def complete_unpaid(self) -> None:
        """Processing, failed, or expired."""
        changes = self.chance.choice(
            [
                {"payment_status": "unpaid"},
                {"payment_status": "unpaid", "intent_status": "canceled"},
                {"status": "expired"},
            ]
        )
        if checkout := self.checkout():
            complete.complete(match(self.session_for(checkout, **changes)), source="test")

    def complete_without_checkout(self) -> None:
        """As after a restored backup: there is no row to lock."""
        number = self.chance.randrange(50)
        price = ItemPrice(unit_amount=self.lost.subtotal, product="prod_lost")
        lost = {
            "id": f"cs_test_lost{number}",
            "payment_intent": f"pi_lost{number}",
            "line_items": (LineItem(description="Lost", quantity=1, price=price),),
        }
        complete.complete(match(self.lost.model_copy(update=lost)), source="test")

    def close(self) -> None:
        if checkout := self.checkout():
            close(checkout, CheckoutStatus.REPLACED)

    def next_attempt(self) -> None:
        if checkout := self.checkout():
            checkout_session.next_attempt(checkout.pk, checkout.attempt)

    def archive(self) -> None:
        """Try to archive a price: it is reserved, so it is only locked."""
        assert archiving.archive(self.chance.choice(list(self.prices.values()))) == ""

    def record_price(self) -> None:
        """An editor publishes the other of two prices: locks the page and the product."""
        key = uuid.UUID(self.chance.choice(list(self.prices)))
        with transaction.atomic():
            page = ProductPage.objects.select_for_update(of=["self"]).get(translation_key=key)
            now, other = self.prices[str(key)].unit_amount, 100_00
            ProductPage.objects.filter(pk=page.pk).update(
                price=Decimal(other if page.unit_amount == now else now) / 100
            )
            price_history.record(key)

    def retry_event(self) -> None:
        """The worker retries a stored event."""
        if checkout := self.checkout():
            said = {
                "id": f"cs_test_{checkout.pk.hex}",
                "payment_intent": f"pi_{checkout.pk.hex}",
                "metadata": {**self.paid.metadata, "checkout": str(checkout.pk)},
                "amount_subtotal": checkout.subtotal,
                "amount_total": checkout.subtotal,
            }
            event = {**self.event, "id": f"evt_{checkout.pk.hex}"}
            event["data"] = {"object": {**self.event["data"]["object"], **said}}
            row, _ = StripeEvent.objects.get_or_create(
                id=event["id"],
                defaults={
                    "type": event["type"],
                    "body": signed(event)[0].decode(),
                    "retry_at": timezone.now(),
                },
            )
            process.postpone(row)
            process.process(row)


@pytest.fixture
def crowd(
    committed_db: None, synced: Sandbox, member: Client, lamp: ProductPage,
    monkeypatch: pytest.MonkeyPatch,
) -> Crowd:  # fmt: skip
    """What may happen to a few checkouts that many threads share."""
    monkeypatch.setattr(policy, "MAX_CHECKOUTS_PER_HOUR", TRIES)
    session_id = buy(synced, member, lamp)
    paid, event = fetch(session_id), told(synced)
    complete.complete(paid, source="test")
    synced.requests.clear()
    return Crowd(synced, paid.session, event, random.Random(10_000))


def test_no_deadlock_occurs(crowd: Crowd, synced: Sandbox) -> None:
    before, left = deadlocks(), TRIES

    def act(tries: int) -> int:
        for _ in range(tries):
            crowd.chance.choice(crowd.actions)()
        return tries

    while left > 0:
        left -= sum(at_once(*[partial(act, AT_A_TIME)] * THREADS))
    assert deadlocks() == before
    assert calls(synced) == []
    assert PricePeriod.objects.count() > TRIES / 40
    # The crowd did something, and however often it completed, each payment is one order.
    paid = Order.objects.filter(checkout__isnull=False).count()
    assert paid == Checkout.objects.filter(status="complete").count() > TRIES / 40
    assert set(StripeEvent.objects.values_list("outcome", flat=True)) == {"processed"}
