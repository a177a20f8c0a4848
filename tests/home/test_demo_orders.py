"""`seed_demo --orders`: sixty orders with everything that happens to orders, and nothing wrong."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings

from alerts.models import Alert
from home.demo.orders import add_orders, are_done
from mail.models import Message
from orders.models import Checkout, Order, OrderLine, Refund, Shipment
from orders.reconciliation.run import reconcile
from products.models import Stock
from stripe_sandbox import Sandbox
from tests.conftest import send
from tests.orders.selling import signed


@pytest.fixture
def demo(committed_db: None, sandbox: Sandbox, settings: Settings, tmp_path: Any) -> Sandbox:
    """A demo with its orders, a day after the last of them; all events were delivered."""
    settings.MEDIA_ROOT = tmp_path
    call_command("seed_demo", orders=True)
    sandbox.advance(24 * 3600)
    for event in sandbox.events():
        assert send(*signed(event)).status_code == 200
    return sandbox


def test_sixty_orders_of_every_kind_over_ninety_days_and_stripe_agrees(demo: Sandbox) -> None:
    assert Counter(Order.objects.values_list("payment_status", "fulfilment_status")) == {
        ("paid", "shipped"): 45,
        ("paid", "unfulfilled"): 7,
        ("paid", "partly_shipped"): 1,
        ("paid", "on_hold"): 1,
        ("partly_refunded", "shipped"): 2,
        ("refunded", "shipped"): 2,
        ("refunded", "cancelled"): 1,
        ("disputed", "shipped"): 1,
    }
    found = Counter(Checkout.objects.values_list("status", flat=True))
    assert found == {"complete": 60, "processing": 1, "failed": 1}
    found = Counter(Refund.objects.values_list("status", flat=True))
    assert found == {"succeeded": 5, "failed": 1}
    assert Shipment.objects.filter(kind="replacement").count() == 1
    assert OrderLine.objects.filter(short__gt=0).get().short == 2
    assert {alert.kind.key for alert in Alert.objects.all() if alert.kind} == {
        "dispute-open", "inquiry-open", "low-stock", "order-short", "refund-failed",
    }  # fmt: skip
    check_times()
    check_emails()
    run = reconcile()
    assert (run.agrees, run.orders, run.refunds, run.disputes) == (True, 60, 5, 2)

    assert are_done()
    before = Order.objects.count(), list(Stock.objects.values_list("product", "on_hand"))
    assert add_orders() == 0
    assert (Order.objects.count(), list(Stock.objects.values_list("product", "on_hand"))) == before


def check_times() -> None:
    """Each order has its own time, which all that belongs to it follows."""
    ages = [timezone.now() - order.placed_at for order in Order.objects.order_by("placed_at")]
    assert timedelta(days=75) < ages[0] < timedelta(days=90)
    assert ages[-1] < timedelta(hours=3)
    for order in Order.objects.all():
        assert order.session_created_at < order.placed_at
        assert [event.at for event in order.events.all() if event.at < order.placed_at] == []
        shipment = order.shipments.order_by("shipped_at").first()
        if shipment:
            assert shipment.shipped_at - order.placed_at < timedelta(days=2)


def check_emails() -> None:
    """Everybody has received their emails, at the time of their cause."""
    assert Message.objects.filter(kind="order-confirmation", status="sent").count() == 60
    for message in Message.objects.filter(status="sent"):
        assert message.sent_at and message.sent_at - message.created_at < timedelta(minutes=1)
