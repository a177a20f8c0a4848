"""The ``expand`` parameter: ids replaced by their objects (docs.stripe.com/expand)."""

from collections.abc import Callable, Sequence
from typing import Any

from stripe_sandbox.errors import invalid, not_built
from stripe_sandbox.objects import breakdown, sessions
from stripe_sandbox.state import Record, State

MAXIMUM_DEPTH = 4

# Expandable fields that hold an id, with the kind of object they name. None: the sandbox does not
# have that kind. A part of an object that is not an object itself is named by the path to it.
EXPANDABLE: dict[str, dict[str, str | None]] = {
    "price": {"product": "product"},
    "product": {"default_price": "price", "tax_code": None},
    "checkout.session": {
        "invoice": "invoice",
        "payment_intent": "payment_intent",
        **dict.fromkeys(["customer", "payment_link", "setup_intent", "subscription"]),
    },
    "item": {"price": "price"},
    "checkout.session.discounts": {"coupon": "coupon", "promotion_code": "promotion_code"},
    "checkout.session.shipping_cost": {"shipping_rate": "shipping_rate"},
    "checkout.session.shipping_options": {"shipping_rate": "shipping_rate"},
    "promotion_code.promotion": {"coupon": "coupon"},
    "payment_intent": {
        "latest_charge": "charge",
        **dict.fromkeys(
            ["application", "customer", "on_behalf_of", "payment_method", "review", "source"]
        ),
    },
    "refund": {
        "charge": "charge",
        "payment_intent": "payment_intent",
        **dict.fromkeys(
            [
                "balance_transaction",
                "customer",
                "failure_balance_transaction",
                "payment_method",
                "source_transfer_reversal",
                "transfer_reversal",
            ]
        ),
    },
    "dispute": {"charge": "charge", "payment_intent": "payment_intent"},
    "charge": {
        "payment_intent": "payment_intent",
        **dict.fromkeys(
            [
                "application",
                "application_fee",
                "balance_transaction",
                "customer",
                "failure_balance_transaction",
                "on_behalf_of",
                "review",
                "source_transfer",
            ]
        ),
    },
}

# Parts of objects that a path may lead through.
PARTS = (
    "list.data",
    "checkout.session.discounts",
    "checkout.session.shipping_cost",
    "checkout.session.shipping_options",
    "checkout.session.total_details",
    "promotion_code.promotion",
)

# Fields that are absent unless they are expanded, with the function that computes them from the
# object.
COMPUTED: dict[tuple[str, str], Callable[[State, Record], Any]] = {
    ("checkout.session", "line_items"): sessions.first_line_items,
    ("checkout.session.total_details", "breakdown"): breakdown.of_session,
    ("checkout.session.shipping_cost", "taxes"): breakdown.taxes_of_shipping,
    ("item", "taxes"): breakdown.taxes_of_line,
    ("item", "discounts"): breakdown.discounts_of_line,
    ("price", "currency_options"): breakdown.currency_options,
    ("price", "tiers"): breakdown.tiers,
}


def expand(state: State, answer: Record, paths: Sequence[str]) -> None:
    """Expand each dotted path of an answer, in place.

    Raises InvalidParameter for a path that cannot be expanded.
    """
    for path in paths:
        steps = path.split(".")
        if len(steps) > MAXIMUM_DEPTH:
            message = f"You cannot expand more than {MAXIMUM_DEPTH} levels of a property. "
            raise invalid(f"{message}Property: {path}", "expand")
        expand_steps(state, answer, steps, path, "", answer)


def expand_steps(
    state: State, holder: Any, steps: list[str], path: str, part: str, owner: Record
) -> None:
    """Expand the remaining steps of a path below ``holder``.

    ``owner`` is the nearest object. ``part`` names a holder that is not an object itself.
    """
    if isinstance(holder, list):
        for entry in holder:
            expand_steps(state, entry, steps, path, part, owner)
    elif steps and holder is not None:
        if "object" in holder:
            owner, part = holder, str(holder["object"])
        expand_field(state, holder, steps, path, part, owner)
        below = f"{part}.{steps[0]}"
        expand_steps(state, holder.get(steps[0]), steps[1:], path, below, owner)


def expand_field(
    state: State, holder: Record, steps: list[str], path: str, part: str, owner: Record
) -> None:
    """Expand the first of the steps. Raises InvalidParameter if it cannot be expanded."""
    name = steps[0]
    if (part, name) in COMPUTED:
        if name not in holder:  # an earlier path may have expanded more below it
            holder[name] = COMPUTED[part, name](state, owner)
    elif name in EXPANDABLE.get(part, {}):
        expand_id(state, holder, name, EXPANDABLE[part][name], path)
    elif f"{part}.{name}" not in PARTS or len(steps) == 1:
        raise invalid(f"This property cannot be expanded ({path}).", "expand")


def expand_id(state: State, holder: Record, name: str, kind: str | None, path: str) -> None:
    """Replace an id by its object. Raises InvalidParameter if the sandbox has no such objects."""
    if not isinstance(holder.get(name), str):
        return
    if kind is None:
        raise not_built(f"expand={path}")
    holder[name] = state.get(kind, holder[name])
