"""Lists: pages with cursors (docs.stripe.com/api/pagination)."""

from collections.abc import Sequence
from typing import Any

from stripe_sandbox.errors import invalid, no_such
from stripe_sandbox.state import Condition, Record, State

DEFAULT_LIMIT = 10


def conditions(params: dict[str, Any], *names: str) -> list[Condition]:
    """The filters a caller asked for: equality on the named parameters, ranges on ``created``."""
    asked: list[Condition] = [(name, "eq", params[name]) for name in names if name in params]
    asked += [("created", operator, value) for operator, value in params.get("created", {}).items()]
    return asked


def page(
    state: State, kind: str, url: str, params: dict[str, Any], wanted: Sequence[Condition] = ()
) -> Record:
    """One page of a kind, newest first."""
    limit = params.get("limit", DEFAULT_LIMIT)
    found = state.find(kind, [*wanted, *_cursor(state, kind, params)], limit=limit + 1)
    more = len(found) > limit
    if more:
        found = found[1:] if "ending_before" in params else found[:limit]
    return wrap(found, url, has_more=more)


def wrap(records: list[Record], url: str, *, has_more: bool = False) -> Record:
    """A list object with these records."""
    return {"object": "list", "data": records, "has_more": has_more, "url": url}


def slice_of(records: list[Record], url: str, params: dict[str, Any]) -> Record:
    """One page of records that are in memory, in the order given."""
    limit = params.get("limit", DEFAULT_LIMIT)
    places = {record["id"]: place for place, record in enumerate(records)}
    for cursor in ("starting_after", "ending_before"):
        if cursor in params and params[cursor] not in places:
            raise no_such("line_item", params[cursor], param=cursor)
    if "ending_before" in params:
        end = places[params["ending_before"]]
        return wrap(records[max(0, end - limit) : end], url, has_more=end > limit)
    start = places[params["starting_after"]] + 1 if "starting_after" in params else 0
    return wrap(records[start : start + limit], url, has_more=start + limit < len(records))


def _cursor(state: State, kind: str, params: dict[str, Any]) -> list[Condition]:
    if "starting_after" in params and "ending_before" in params:
        raise invalid(
            "You may only specify one of starting_after and ending_before.", "ending_before"
        )
    for name, operator in (("starting_after", "lt"), ("ending_before", "gt")):
        if name in params:
            place = state.seq(kind, params[name])
            if place is None:
                raise no_such(kind, params[name], param=name)
            return [("seq", operator, place)]
    return []
