"""Lists: pages with cursors, and ``expand`` (docs.stripe.com/api/pagination,
docs.stripe.com/expand).
"""

from collections.abc import Callable, Sequence
from typing import Any

from stripe_sandbox.errors import invalid, no_such
from stripe_sandbox.state import Condition, Record, State

DEFAULT_LIMIT = 10

# Fields that hold an id and can be replaced by the object, with that object's kind;
# None: a kind the stand-in does not have, so the field is always null.
EXPANDABLE: dict[str, dict[str, str | None]] = {
    "price": {"product": "product"},
    "product": {"default_price": "price", "tax_code": None},
    "checkout.session": {
        "payment_intent": "payment_intent",
        **dict.fromkeys(["customer", "invoice", "payment_link", "setup_intent", "subscription"]),
    },
    "payment_intent": {
        "latest_charge": "charge",
        **dict.fromkeys(["application", "customer", "on_behalf_of", "review", "source"]),
    },
    "charge": {
        "payment_intent": "payment_intent",
        **dict.fromkeys(
            [
                "application",
                "application_fee",
                "balance_transaction",
                "customer",
                "on_behalf_of",
                "review",
            ]
        ),
    },
}

# Fields that are not there at all until asked for; the modules that own them put a maker here.
INCLUDABLE: dict[tuple[str, str], Callable[[State, Record], Record]] = {}


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
    """A list object around records that were chosen already."""
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


def expand(state: State, answer: Record, paths: Sequence[str]) -> None:
    """Replace ids by objects along each dotted path, in place.

    Raises InvalidParameter for what cannot be.
    """
    for path in paths:
        _expand(state, answer, path.split("."), path)


def _expand(state: State, holder: Any, steps: list[str], path: str) -> None:
    if not steps or holder is None:
        return
    if isinstance(holder, list):
        for entry in holder:
            _expand(state, entry, steps, path)
        return
    name, rest = steps[0], steps[1:]
    if isinstance(holder.get(name), (dict, list)) and (rest or _holds_object(holder, name)):
        _expand(state, holder[name], rest, path)
        return
    include = INCLUDABLE.get((str(holder.get("object")), name))
    if include is not None:
        holder[name] = include(state, holder)
        _expand(state, holder[name], rest, path)
        return
    _expand_id(state, holder, name, path)
    _expand(state, holder.get(name), rest, path)


def _expand_id(state: State, holder: Record, name: str, path: str) -> None:
    kinds = EXPANDABLE.get(str(holder.get("object")), {})
    if name not in kinds:
        raise invalid(f"This property cannot be expanded ({path}).", "expand")
    kind = kinds[name]
    if kind and isinstance(holder.get(name), str):
        holder[name] = state.get(kind, holder[name])


def _holds_object(holder: Record, name: str) -> bool:
    """Whether the field is an object in its own right already: nothing left to do."""
    value = holder[name]
    return isinstance(value, dict) and "object" in value
