"""Signed events with one field missing or absurd: each has a clear outcome, no order is wrong,
nothing is lost.
"""

import copy
import json
from collections.abc import Callable, Iterator
from itertools import count, cycle
from typing import Any

from django.db import transaction
from django.test import Client

from orders.models import Order, StripeEvent
from orders.reconciliation.run import reconcile
from products.models import ProductPage
from stripe_sandbox import Sandbox
from tests.conftest import send
from tests.orders.selling import buy, deliver_altered, only_order, signed, told
from users.models import User

MISSING = object()
ABSURD = [
    MISSING,
    None,
    "",
    "NUL \x00 and half a pair \ud800",
    "n" * 10_000,
    "00000000-0000-0000-0000-000000000000",  # well formed, and nobody's
    -1,
    2**80,
    1.5,
    True,
    [],
    {},
    [["nested"]],
]
# Fields that decide about an order or are copied to it are altered in every way, other fields in
# one.
DECIDING = {
    *(
        "id",
        "type",
        "livemode",
        "status",
        "payment_status",
        "mode",
        "currency",
        "payment_intent",
        "created",
    ),
    *(
        "amount_subtotal",
        "amount_total",
        "total_details",
        "amount_discount",
        "amount_shipping",
        "amount_tax",
    ),
    *("metadata", "installation", "checkout"),
}
Place = tuple[str, ...]


def places(value: Any, here: Place = ()) -> Iterator[Place]:
    """The paths of all fields of an event, at every depth."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield (*here, name)
            yield from places(inner, (*here, name))


def altered(event: dict[str, Any], number: int, place: Place, value: Any) -> dict[str, Any]:
    """A copy with its own id and one altered field."""
    changed = copy.deepcopy(event)
    changed["id"] = f"evt_{number}_{'_'.join(place)}"
    holder = changed
    for name in place[:-1]:
        holder = holder[name]
    if value is MISSING:
        del holder[place[-1]]
    else:
        holder[place[-1]] = value
    return changed


def check_order(session_id: str) -> None:
    order = only_order()
    assert (order.session_id, order.total, order.currency) == (session_id, 2 * 149900, "inr")


def alterations(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The event with each field missing or absurd in turn."""
    others, numbers = cycle(ABSURD), count()
    for place in places(event):
        for value in ABSURD if place[-1] in DECIDING else [next(others)]:
            yield altered(event, next(numbers), place, value)


def sold() -> list[Any]:
    """What each order says was sold, in the fields of a session; an altered event may carry another
    email and name.
    """
    names = (
        "session_id",
        "payment_intent",
        "livemode",
        "currency",
        "subtotal",
        "discount",
        "shipping",
        "tax",
        "total",
    )
    return [
        (
            {name: getattr(order, name) for name in names},
            [(line.name, line.quantity, line.total) for line in order.lines.all()],
        )
        for order in Order.objects.all()
    ]


def at_stripe(sandbox: Sandbox, session_id: str) -> Any:
    """The same fields of the session at Stripe."""
    session = sandbox.state.get("checkout.session", session_id)
    assert session is not None
    details = session["total_details"]
    return (
        {
            "session_id": session["id"],
            "payment_intent": session["payment_intent"],
            "livemode": session["livemode"],
            "currency": session["currency"],
            "subtotal": session["amount_subtotal"],
            "discount": details["amount_discount"],
            "shipping": details["amount_shipping"],
            "tax": details["amount_tax"],
            "total": session["amount_total"],
        },
        [("Brass lamp", 2, 2 * 149900)],
    )


def deliver_alone(event: dict[str, Any]) -> tuple[int, list[Any], list[StripeEvent]]:
    """The status, the orders and the stored events after a delivery; then everything is rolled
    back.
    """
    before = transaction.savepoint()
    answer = deliver_altered(event)
    left = answer.status_code, sold(), list(StripeEvent.objects.all())
    transaction.savepoint_rollback(before)
    return left


def check_log(root: Client) -> None:
    """Every page of the event log can be opened, and shows what was stored."""
    stored, shown = set(StripeEvent.objects.values_list("pk", flat=True)), set()
    for page in range(1, len(stored) // 50 + 2):
        answer = root.get(f"/admin/events/?outcome=all&p={page}")
        assert answer.status_code == 200
        shown |= {row.pk for row in answer.context["object_list"]}
    assert shown == stored


def test_every_field_may_be_missing_or_absurd(
    synced: Sandbox, member: Client, lamp: ProductPage, client_of: Callable[[User], Client]
) -> None:
    session_id = buy(synced, member, lamp, 2)
    event, right = told(synced), at_stripe(synced, session_id)
    stored: list[StripeEvent] = []
    refused = orders = 0
    for changed in alterations(event):
        status, found, rows = deliver_alone(changed)
        if status == 400:
            assert (found, rows) == ([], []), changed
            refused += 1
            continue
        # No event waits forever, and what was processed led to the one right order.
        assert (status, len(rows)) == (200, 1), changed
        assert (rows[0].outcome, found) in [("processed", [right]), ("ignored", [])], changed
        stored, orders = stored + rows, orders + len(found)
    assert min(refused, orders, len(stored) - orders) > 20  # each outcome occurred many times
    assert not Order.objects.exists()
    assert deliver_altered(event).status_code == 200
    assert sold() == [right]
    assert reconcile().agrees
    StripeEvent.objects.bulk_create(stored)
    check_log(client_of(User.objects.create_superuser("root@example.com", "a-long-password")))


def test_numbers_that_json_does_not_allow_do_no_harm(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    session_id = buy(synced, member, lamp, 2)
    text = json.dumps(told(synced))
    for number in ("NaN", "Infinity", "-Infinity", "1e400", "9" * 5000):
        body = text.replace('"amount_total": 299800', f'"amount_total": {number}').encode()
        assert number.encode() in body
        assert send(*signed(body)).status_code in (200, 400)
    assert send(*signed(text.encode())).status_code == 200
    check_order(session_id)


def test_an_event_from_a_year_ago_changes_nothing(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    session_id = buy(synced, member, lamp, 2)
    event = told(synced)
    deliver_altered(event)
    old = {**event, "id": "evt_replayed", "created": event["created"] - 365 * 24 * 3600}
    assert deliver_altered(old).status_code == 200
    assert StripeEvent.objects.get(pk="evt_replayed").reason == "The order already existed."
    check_order(session_id)
