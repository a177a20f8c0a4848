"""Signed events with any one field missing or absurd: a clear outcome each, no wrong order, and nothing is lost."""

import copy
import json
from collections.abc import Iterator
from itertools import cycle
from typing import Any

from django.test import Client

from orders.models import Order, StripeEvent
from orders.reconciliation import reconcile
from products.models import ProductPage
from sandbox.server import Sandbox
from tests.conftest import send
from tests.orders.selling import buy, deliver_altered, only_order, signed, told

MISSING = object()
ABSURD = [
    MISSING,
    None,
    "",
    "NUL \x00 and half a pair \ud800",
    "n" * 10_000,
    -1,
    2**80,
    1.5,
    True,
    [],
    {},
    [["nested"]],
]
Place = tuple[str, ...]


def places(value: Any, here: Place = ()) -> Iterator[Place]:
    """Where the fields of an event are, at every depth."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield (*here, name)
            yield from places(inner, (*here, name))


def altered(event: dict[str, Any], place: Place, value: Any) -> dict[str, Any]:
    """A copy with another id and one other field."""
    changed = copy.deepcopy(event)
    changed["id"] = f"evt_{'_'.join(place)}_{len(repr(value))}"
    holder = changed
    for name in place[:-1]:
        holder = holder[name]
    if value is MISSING:
        del holder[place[-1]]
    else:
        holder[place[-1]] = value
    return changed


def check_books(session_id: str) -> None:
    order = only_order()
    assert (order.session_id, order.total, order.currency) == (session_id, 2 * 149900, "inr")


def test_every_field_may_be_missing_or_absurd(synced: Sandbox, member: Client, lamp: ProductPage) -> None:
    session_id = buy(synced, member, lamp, 2)
    event, values = told(synced), cycle(ABSURD)
    for place in places(event):
        for value in [next(values) for _ in range(3)]:
            answer = deliver_altered(altered(event, place, value))
            assert answer.status_code in (200, 400), (place, value, answer.content)
            assert Order.objects.count() <= 1
    # Not one of them waits for ever, and those that were no event are not kept.
    assert set(StripeEvent.objects.values_list("outcome", flat=True)) == {"processed", "ignored"}
    check_books(session_id)
    assert reconcile().agrees


def test_numbers_that_json_does_not_know_are_survived(synced: Sandbox, member: Client, lamp: ProductPage) -> None:
    session_id = buy(synced, member, lamp, 2)
    text = json.dumps(told(synced))
    for number in ("NaN", "Infinity", "-Infinity", "1e400", "9" * 5000):
        body = text.replace('"amount_total": 299800', f'"amount_total": {number}').encode()
        assert number.encode() in body
        assert send(*signed(body)).status_code in (200, 400)
    assert send(*signed(text.encode())).status_code == 200
    check_books(session_id)


def test_an_event_of_a_year_ago_changes_nothing_that_was_settled(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    session_id = buy(synced, member, lamp, 2)
    event = told(synced)
    deliver_altered(event)
    old = {**event, "id": "evt_replayed", "created": event["created"] - 365 * 24 * 3600}
    assert deliver_altered(old).status_code == 200
    assert StripeEvent.objects.get(pk="evt_replayed").reason == "known"
    check_books(session_id)
