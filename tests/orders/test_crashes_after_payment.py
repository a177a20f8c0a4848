"""The process is killed at every statement of what staff and jobs do after the payment.

The statements are counted by a first run, not listed here: before each of them, in turn, the
process dies. Then the same click or job comes again, and everything must be as if nothing had
happened.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from mail import send as mail_send
from mail.models import Message
from orders import policy
from orders.models import Order, Refund, Shipment
from orders.notifications import write_email
from orders.refunds.record import record
from orders.refunds.request import Decision, RefundRequest, request_refund
from orders.refunds.send import send, send_due_refunds
from orders.shipping.cancel import cancel
from orders.shipping.ship import Parcel, ship
from products.models import ProductPage
from stripe_gateway.refunds import retrieve_refund
from stripe_sandbox import Sandbox
from tests.orders.refunding import again, at_stripe, sell
from tests.orders.stocking import line_of, on_hand, put_in_stock

MOST_STATEMENTS = 120  # more than any of the actions takes


class Killed(BaseException):
    """The process was killed. A BaseException, so that no code of the shop handles it."""


class Statements:
    """Counts statements, and kills the process before one of them."""

    def __init__(self, fatal: int = 0) -> None:
        self.fatal = fatal
        self.count = 0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.count += 1
        if self.count == self.fatal:
            raise Killed
        return execute(sql, params, many, context)


def die_at(number: int, action: Callable[[], Any]) -> bool:
    """Do something, and die before its statement of this number. Returns whether it got there."""
    statements = Statements(number)
    try:
        with connection.execute_wrapper(statements):
            action()
    except Killed:
        connection.close()  # PostgreSQL undoes what was not committed
        return True
    return False


def at_every_statement(
    prepare: Callable[[], Callable[[], Any]], check: Callable[[int], None]
) -> int:
    """Kill what `prepare` returns before each of its statements, do it again, and check what is
    left after so many rounds. Returns how many statements there were.
    """
    for number in range(1, MOST_STATEMENTS):
        action = prepare()
        died = die_at(number, action)
        action()
        check(number)
        if not died:
            return number - 1
    raise AssertionError("There is no end of statements.")


def make_due() -> None:
    """Make every refund and email due."""
    past = timezone.now() - timedelta(seconds=1)
    Refund.objects.update(retry_at=past)
    Message.objects.update(retry_at=past, leased_until=None)


@pytest.fixture
def order(
    committed_db: None,
    synced: Sandbox,
    member: Client,
    lamp: ProductPage,
    monkeypatch: pytest.MonkeyPatch,
) -> Order:
    """Ninety-nine lamps."""
    monkeypatch.setattr(policy, "MAX_CHECKOUTS_PER_HOUR", 1000)
    put_in_stock(lamp, 99)
    return sell(synced, member, (lamp, 99))


def test_a_refund_is_made_once_whenever_the_process_dies(
    synced: Sandbox, order: Order, lamp: ProductPage
) -> None:
    wanted, decision = RefundRequest({line_of(order).pk: 1}), Decision(restock=True)

    def prepare() -> Callable[[], Any]:
        key, seen = uuid4(), again(order).refunded

        def click() -> None:
            made, _ = request_refund(order, wanted, decision, key=key, seen=seen)
            send(made)

        return click

    def check(rounds: int) -> None:
        make_due()
        send_due_refunds()
        assert at_stripe(synced) == [(1499_00, "succeeded")] * rounds
        assert again(order).refunded == rounds * 1499_00 and order.refunds.count() == rounds
        assert again(order).payment_status == "partly_refunded" and on_hand(lamp) == rounds

    assert at_every_statement(prepare, check) > 15


def test_a_cancellation_is_done_once_whenever_the_process_dies(
    synced: Sandbox, order: Order, member: Client, quilt: ProductPage
) -> None:
    put_in_stock(quilt, 5)
    sold: list[Order] = []

    def prepare() -> Callable[[], Any]:
        sold.append(sell(synced, member, (quilt, 3)))
        key, decision = uuid4(), Decision(restock=True)

        def click() -> None:
            _order, made = cancel(sold[-1], decision, key=key, refund=True)
            assert made is not None
            send(made)

        return click

    def check(rounds: int) -> None:
        make_due()
        send_due_refunds()
        assert at_stripe(synced) == [(sold[-1].total, "succeeded")] * rounds
        cancelled = again(sold[-1])
        assert (cancelled.fulfilment_status, cancelled.payment_status) == ("cancelled", "refunded")
        assert on_hand(quilt) == 5

    assert at_every_statement(prepare, check) > 20


def test_a_shipment_is_entered_once_whenever_the_process_dies(order: Order) -> None:
    quantities = {line_of(order).pk: 1}

    def prepare() -> Callable[[], Any]:
        return partial(ship, order, quantities, Parcel(), key=uuid4(), by=None)

    def check(rounds: int) -> None:
        assert Shipment.objects.count() == line_of(order).shipped == rounds
        assert again(order).fulfilment_status == "partly_shipped"
        assert Message.objects.filter(kind="order-shipped").count() == rounds

    assert at_every_statement(prepare, check) > 8


def test_a_refund_in_the_dashboard_is_recorded_once_whenever_the_process_dies(
    synced: Sandbox, order: Order
) -> None:
    def prepare() -> Callable[[], Any]:
        refund_id = synced.refund(order.session_id, 10_00)
        return partial(record, retrieve_refund(refund_id), order)

    def check(rounds: int) -> None:
        assert order.refunds.count() == rounds and again(order).refunded == rounds * 10_00
        assert Message.objects.filter(kind="order-refunded").count() == rounds

    assert at_every_statement(prepare, check) > 8


def test_an_email_is_never_lost_whenever_the_process_dies(order: Order) -> None:
    def prepare() -> Callable[[], Any]:
        write_email(order, "Hello", "Text", key=str(uuid4()))
        make_due()
        return mail_send.send_due_messages

    def check(rounds: int) -> None:
        make_due()
        mail_send.send_due_messages()
        emails = Message.objects.filter(kind="letter")
        assert emails.count() == rounds and set(emails.values_list("status", flat=True)) == {"sent"}

    assert at_every_statement(prepare, check) > 5
