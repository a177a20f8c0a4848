"""`manage.py replay_events`."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from orders.models import Order, StripeEvent
from stripe_sandbox import Sandbox
from tests.orders.selling import make_event, only_order, replay

pytestmark = pytest.mark.django_db


def test_the_command_replays_what_is_pending_and_fails_while_one_still_is(
    synced: Sandbox, stuck: StripeEvent
) -> None:
    make_event("evt_final")
    out = StringIO()
    with pytest.raises(CommandError, match="could not be processed: 1"):
        call_command("replay_events", pending=True, stdout=out)
    assert out.getvalue().startswith(f"{stuck.pk} checkout.session.completed Pending: ")
    assert not Order.objects.exists()
    synced.faults.clear()
    assert replay("--pending") == [
        f"{stuck.pk} checkout.session.completed Processed: The order was created."
    ]
    assert only_order().total == 149900
    assert replay("--pending") == []


def test_the_command_selects_by_day_oldest_first() -> None:
    for days, pk in ((3, "evt_a"), (2, "evt_c"), (1, "evt_b")):
        event = {
            "id": pk,
            "object": "event",
            "type": "customer.created",
            "livemode": False,
            "data": {"object": {}},
        }
        make_event(pk, json.dumps(event))
        StripeEvent.objects.filter(pk=pk).update(received_at=timezone.now() - timedelta(days=days))
    since = (timezone.localdate() - timedelta(days=2)).isoformat()
    assert [line.split()[0] for line in replay("--since", since)] == ["evt_c", "evt_b"]
    assert [line.split()[0] for line in replay("--since", "0001-01-01")] == [
        "evt_a",
        "evt_c",
        "evt_b",
    ]
    assert replay("--since", "9999-12-31") == []
    assert replay("--pending", "--since", since) == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "Give the IDs of events, or select them"),
        (["evt_1", "--pending"], "Give the IDs of events, or select them"),
        (["evt_1", "--since", "2026-01-01"], "Give the IDs of events, or select them"),
        (["evt_1", "evt_2"], "No event has the ID 'evt_2'. No event was replayed."),
        (["evt_1", "\udcff"], "No event was replayed"),
        (["--since", "yesterday"], "'yesterday' is not a date like 2026-11-23."),
        (["--since", "2026-02-30"], "is not a date"),
    ],
)
def test_unusable_arguments_are_refused_with_an_explanation(
    processed: StripeEvent, words: list[str], says: str
) -> None:
    StripeEvent.objects.update(id="evt_1")
    with pytest.raises(CommandError, match=says):
        replay(*words)
    assert StripeEvent.objects.get().reason == "The order was created."
