"""Signed events that say what is not so: whoever believes them writes an order that differs from
Stripe's.
"""

import json
from collections.abc import Callable
from typing import Any

from stripe_sandbox import Record, Sandbox
from tests.orders.selling import signed

OLD_VERSION = "2020-08-27"
MORE = 100  # minor units

# What is told of a session in place of the truth, by what is wrong with it.
LIES: dict[str, Callable[[Record], Record]] = {
    "version": lambda session: {},
    "one": lambda session: {"amount_subtotal": 1, "amount_total": 1},
    "sums": lambda session: {
        name: session[name] + MORE for name in ("amount_subtotal", "amount_total")
    },
    "currency": lambda session: {"currency": "usd"},
    "total": lambda session: {"amount_total": 1},
}


def untrue(stripe: Sandbox, event_id: str, lie: str) -> tuple[bytes, str]:
    """Body and header of a signed event whose content is false, under an id of its own."""
    event: dict[str, Any] = json.loads(stripe.webhook_request(event_id)[0])
    told = event["data"]["object"]
    altered = {**event, "id": f"{event_id}_{lie}", "data": {"object": {**told, **LIES[lie](told)}}}
    return signed({**altered, "api_version": OLD_VERSION} if lie == "version" else altered)
