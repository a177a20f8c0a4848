"""Events: what happened, with the object as it was then (docs.stripe.com/api/events)."""

import copy
from typing import Any

from stripe_sandbox import ids
from stripe_sandbox.errors import exclusive, no_such
from stripe_sandbox.objects import lists, parameters
from stripe_sandbox.state import Record, State

API_VERSION = "2026-10-28.endive"

LIST = parameters.group(
    {
        **parameters.PAGE,
        "type": parameters.text(100),
        "types": parameters.listing(parameters.text(100), 20),
        "created": parameters.created,
        "delivery_success": parameters.flag,
    }
)
RETRIEVE = parameters.group(parameters.EXPAND)
RETRY = parameters.group(
    {
        **parameters.EXPAND,
        "for_stripecli": parameters.flag,
        "webhook_endpoint": parameters.text(255),
    }
)

MISSTATED_BY = 100  # minor units

SEND_AGAIN = -1  # the time at which an event is due that is to be sent again
UNDELIVERED = "SELECT event FROM deliveries WHERE delivered_at IS NULL"


def record(state: State, kind: str, subject: Record, before: Record | None = None) -> str:
    """Create an event, to be sent if there is a webhook address. Returns its id.

    ``before`` is the object as it was, for the ``*.updated`` events.
    """
    data: Record = {"object": copy.deepcopy(subject)}
    if before is not None:
        data["previous_attributes"] = {
            name: old for name, old in before.items() if subject.get(name) != old
        }
    event: Record = {
        "id": ids.new("evt"),
        "object": "event",
        "api_version": API_VERSION,
        "created": state.now(),
        "data": data,
        "livemode": False,
        "pending_webhooks": 0,
        "request": dict(state.cause),
        "type": kind,
    }
    state.add(event)
    if state.webhook_url and not state.is_in_the_past:
        state.run("INSERT INTO deliveries (event, next_at) VALUES (?, 0)", event["id"])
    return str(event["id"])


def retrieve(state: State, params: dict[str, Any], event_id: str) -> Record:
    """The event, with the number of endpoints that it has not reached yet, or 404."""
    event = state.get("event", event_id)
    if event is None:
        raise no_such("event", event_id)
    return _with_pending(state, event)


def retry(state: State, params: dict[str, Any], event_id: str) -> Record:
    """Send the event again, as ``stripe events resend`` does; there is one endpoint."""
    event = retrieve(state, {}, event_id)
    if state.webhook_url:
        state.run(
            "INSERT INTO deliveries (event, next_at) VALUES (?, ?) "
            "ON CONFLICT (event) DO UPDATE SET next_at = excluded.next_at, delivered_at = NULL",
            event_id,
            SEND_AGAIN,
        )
    return _with_pending(state, event)


def misstated(event: Record) -> Record:
    """The event with another total than its session, as an endpoint with another API version may
    get it.

    Subtotal and total are raised by the same amount, so they add up. Events about other objects
    are unchanged.
    """
    if event["data"]["object"]["object"] != "checkout.session":
        return event
    changed = copy.deepcopy(event)
    for name in ("amount_subtotal", "amount_total"):
        changed["data"]["object"][name] += MISSTATED_BY
    return changed


def list_all(state: State, params: dict[str, Any]) -> Record:
    """Events, newest first, by type, time and whether they were delivered."""
    if "type" in params and "types" in params:
        raise exclusive("type", "types")
    conditions = lists.conditions(params)
    if "type" in params:
        conditions.append(("type", "like", params["type"]))
    if "types" in params:
        conditions.append(("type", "in", params["types"]))
    if "delivery_success" in params:
        undelivered = [event for (event,) in state.rows(UNDELIVERED)]
        if params["delivery_success"]:
            conditions.append(("id", "not in", undelivered))
        else:
            conditions.append(("id", "in", undelivered))
    page = lists.page(state, "event", "/v1/events", params, conditions)
    page["data"] = [_with_pending(state, event) for event in page["data"]]
    return page


def _with_pending(state: State, event: Record) -> Record:
    waiting = state.rows(UNDELIVERED + " AND event = ?", event["id"])
    return {**event, "pending_webhooks": len(waiting)}
