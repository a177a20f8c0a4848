"""Helpers of the tests about refunds and disputes."""

from typing import Any
from uuid import UUID, uuid4

from django.test import Client

from alerts.models import Alert
from orders.checkout.details import ensure_details
from orders.models import Order, Refund
from orders.refunds.request import Decision, RefundRequest, request_refund
from orders.refunds.send import send
from products.models import ProductPage
from stripe_sandbox import Sandbox
from tests.conftest import deliver, form, session_of
from tests.conftest import send as post_event
from users.models import User

PENDING, FAILS_LATER = "4000000000007726", "4000000000005126"


def sell(sandbox: Sandbox, browser: Client, *chosen: tuple[ProductPage, int], **paid: Any) -> Order:
    """Sell products, deliver the event, and retrieve the order's details.

    `paid` is what is done on the payment page, such as `discount=500`. The list of requests to
    Stripe is emptied.
    """
    session_id = session_of(browser.post("/checkout/", form(*chosen)))
    sandbox.pay(session_id, **paid)
    deliver(sandbox)
    order = Order.objects.get(session_id=session_id)
    ensure_details(order)
    sandbox.requests.clear()
    return again(order)


def again(order: Order) -> Order:
    """The order as it is in the database now."""
    return Order.objects.get(pk=order.pk)


def request(
    order: Order,
    quantities: dict[str, int] | None = None,
    *,
    shipping: int = 0,
    other: int = 0,
    key: UUID | None = None,
    by: User | None = None,
    **fields: Any,
) -> Refund:
    """Request a refund of quantities (by product name), shipping and any other amount."""
    lines = {line.name: line.pk for line in order.lines.all()}
    wanted = RefundRequest(
        {lines[name]: count for name, count in (quantities or {}).items()}, shipping, other
    )
    seen = again(order).refunded
    decision = Decision(by=by, **fields)
    made, _ = request_refund(order, wanted, decision, key=key or uuid4(), seen=seen)
    return made


def refund(order: Order, quantities: dict[str, int] | None = None, **fields: Any) -> Refund:
    """Request a refund and make it at Stripe; returns its row."""
    return send(request(order, quantities, **fields))


def at_stripe(sandbox: Sandbox) -> list[tuple[int, str]]:
    """Amount and status of all refunds at Stripe, oldest first."""
    return [(row["amount"], row["status"]) for row in sandbox.state.find("refund")]


def timeline(order: Order) -> list[str]:
    """The texts of an order's timeline, oldest first."""
    return [event.text for event in order.events.all()]


def deliver_all(sandbox: Sandbox, kind: str) -> None:
    """Deliver every event of a type, oldest first."""
    for event in sandbox.events(kind):
        assert post_event(*sandbox.webhook_request(event["id"])).status_code == 200


def open_alerts() -> list[str]:
    """The kinds of the open alerts, sorted."""
    return sorted(alert.kind.key for alert in Alert.objects.open() if alert.kind)
