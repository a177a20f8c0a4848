"""Staff, shoppers and Stripe at the same moment: refunds, stock, shipping and cancellation.

`RACE_ROUNDS` is how often each pair meets. In every race, all sides are seen waiting for the same
lock before it is released: two that happen one after the other prove nothing.
"""

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, connections, transaction
from django.test import Client

from orders.errors import ActionNotAllowed
from orders.models import Order, Refund, Shipment
from orders.reconciliation.run import reconcile
from orders.refunds.request import Decision, RefundRequest, request_refund
from orders.refunds.send import send
from orders.shipping.cancel import cancel
from orders.shipping.ship import Parcel, ship
from products import stock
from products.models import ProductPage, Stock
from stripe_sandbox import Sandbox
from stripe_sandbox.errors import ApiError
from tests.conftest import form, session_of
from tests.conftest import send as post_event
from tests.orders.refunding import again, at_stripe, request, sell
from tests.orders.selling import at_once, open_page, signed, told
from tests.orders.stocking import line_of, on_hand, put_in_stock
from users.models import User

ROUNDS = int(os.environ.get("RACE_ROUNDS", "2"))
BUYERS, PIECES = 40, 10
PATIENCE = 20.0  # seconds
WAITING = """
    SELECT count(*) FROM pg_stat_activity
    WHERE wait_event_type = 'Lock' AND datname = current_database()
"""


def outcome(action: Callable[[], Any]) -> str:
    """What an action of staff comes to."""
    try:
        action()
    except ActionNotAllowed as error:
        return str(error)
    return "done"


def waiting_for_locks() -> int:
    """How many sessions wait for a lock now."""
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        return int(cursor.fetchone()[0])


def release_when(count: int, release: threading.Event, seen: list[int]) -> None:
    """Let go of the lock as soon as so many sessions wait for it."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and not seen:
        if (waiting := waiting_for_locks()) >= count:
            seen.append(waiting)
        time.sleep(0.001)
    release.set()
    connections.close_all()


def held_up(
    lock: Callable[[], Any], *actions: Callable[[], Any], sides: int | None = None
) -> list[Any]:
    """Run actions at once while somebody holds a lock that they need, until they all wait for it.

    `sides` is how many of them need it; all of them unless told otherwise.
    """
    locked, release, seen = threading.Event(), threading.Event(), list[int]()

    def hold() -> None:
        with transaction.atomic():
            lock()
            locked.set()
            release.wait(PATIENCE)
        connections.close_all()

    threads = [
        threading.Thread(target=hold),
        threading.Thread(target=release_when, args=(sides or len(actions), release, seen)),
    ]
    for thread in threads:
        thread.start()
        locked.wait(PATIENCE)
    results = at_once(*actions)
    for thread in threads:
        thread.join()
    assert seen, "the actions did not meet"
    return results


def row_of(order: Order) -> Callable[[], Any]:
    """Lock an order's row."""
    return partial(Order.objects.select_for_update().get, pk=order.pk)


def test_forty_shoppers_want_ten_items(
    committed_db: None, synced: Sandbox, lamp: ProductPage, client_of: Callable[[User], Client]
) -> None:
    put_in_stock(lamp, PIECES)
    users = [User.objects.create_user(f"buyer{number}@example.com") for number in range(BUYERS)]
    browsers = [client_of(user) for user in users]
    clicks = [partial(browser.post, "/checkout/", form((lamp, 1))) for browser in browsers]
    answers = held_up(Stock.objects.select_for_update().get, *clicks)
    sold = [session_of(answer) for answer in answers if answer.status_code == 303]
    refused = [answer for answer in answers if answer.status_code != 303]
    assert len(sold) == PIECES and {answer.status_code for answer in refused} <= {400, 409}
    for session_id in sold:
        synced.pay(session_id)
    at_once(*[partial(post_event, *synced.webhook_request(event["id"])) for event in paid(synced)])
    assert Order.objects.count() == PIECES and on_hand(lamp) == 0
    assert sum(line.short for order in Order.objects.all() for line in order.lines.all()) == 0
    assert len(synced.state.find("checkout.session")) == PIECES  # nobody else could pay


def paid(sandbox: Sandbox) -> list[dict[str, Any]]:
    """The events of the sessions that were paid."""
    return sandbox.events("checkout.session.completed")


@pytest.fixture
def order(committed_db: None, synced: Sandbox, member: Client, lamp: ProductPage) -> Order:
    """Three of ten lamps."""
    put_in_stock(lamp, 10)
    return sell(synced, member, (lamp, 3))


@pytest.mark.parametrize("number", range(ROUNDS))
def test_two_of_staff_refund_everything(synced: Sandbox, order: Order, number: int) -> None:
    def give_back() -> None:
        made, _ = request_refund(order, RefundRequest(other=order.total), key=uuid4(), seen=0)
        send(made)

    results = held_up(row_of(order), *[partial(outcome, give_back)] * 2)
    assert sorted(results)[1] == "done" and "since you opened" in sorted(results)[0]
    assert at_stripe(synced) == [(order.total, "succeeded")] and again(order).left_to_refund == 0


@pytest.mark.parametrize("number", range(ROUNDS))
def test_the_webhook_is_faster_than_our_own_note(
    synced: Sandbox, order: Order, number: int
) -> None:
    row = request(order, other=10_00)
    synced.fail_next(moment="after", path="/v1/refunds")  # made, and the answer is lost
    assert send(row).status == "requested"
    Refund.objects.update(retry_at="2020-01-01T00:00Z")
    event = signed(told(synced, "refund.created"))
    held_up(row_of(order), partial(send, row), partial(post_event, *event))
    assert Refund.objects.count() == 1 and Refund.objects.get().status == "succeeded"
    assert len(at_stripe(synced)) == 1
    texts = list(order.events.values_list("text", flat=True))
    assert texts.count("₹10.00 refunded.") == 1


@pytest.mark.parametrize("number", range(ROUNDS))
def test_somebody_refunds_in_the_dashboard_at_the_same_moment(
    synced: Sandbox, order: Order, number: int
) -> None:
    def here() -> None:
        made, _ = request_refund(order, RefundRequest(other=order.total), key=uuid4(), seen=0)
        send(made)

    def there() -> None:
        with suppress(ApiError):  # Stripe refuses what is not left
            synced.refund(order.session_id, order.total // 2)

    held_up(row_of(order), partial(outcome, here), there, sides=1)
    assert reconcile().agrees
    in_force = [amount for amount, status in at_stripe(synced) if status == "succeeded"]
    assert again(order).refunded == sum(in_force) <= order.total


@pytest.mark.parametrize("number", range(ROUNDS))
def test_one_ships_what_another_cancels(
    synced: Sandbox, order: Order, lamp: ProductPage, number: int
) -> None:
    quantities = {line_of(order).pk: 3}
    shipping = partial(ship, order, quantities, Parcel(), key=uuid4(), by=None)
    cancelling = partial(cancel, order, Decision(restock=True), key=uuid4(), refund=True)
    results = held_up(row_of(order), partial(outcome, shipping), partial(outcome, cancelling))
    assert results.count("done") == 1
    is_shipped = again(order).fulfilment_status == "shipped"
    assert Shipment.objects.exists() == is_shipped != Refund.objects.exists()
    assert on_hand(lamp) == (7 if is_shipped else 10)


@pytest.mark.parametrize("number", range(ROUNDS))
def test_somebody_counts_while_a_piece_is_sold(
    committed_db: None, synced: Sandbox, member: Client, lamp: ProductPage, number: int
) -> None:
    product = put_in_stock(lamp, 10)
    session_id = open_page(member, lamp, 3)
    synced.pay(session_id)
    event = signed(told(synced))

    def count() -> str:
        try:
            with transaction.atomic():
                stock.count(product.pk, 20, f"form:{uuid4()}", seen=10)
        except stock.StockChanged:
            return "refused"
        return "counted"

    counted, _ = held_up(Stock.objects.select_for_update().get, count, partial(post_event, *event))
    assert on_hand(lamp) == (17 if counted == "counted" else 7)
