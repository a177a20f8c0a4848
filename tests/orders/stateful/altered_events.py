"""Signed events whose content is false: a shop that trusts them creates an order that differs from
Stripe's session.
"""

import json
from collections.abc import Callable
from typing import Any

from stripe_sandbox import Record, Sandbox
from tests.orders.selling import signed

OLD_VERSION = "2020-08-27"
MORE = 100  # minor units

# The fields that replace those of the session, by what is wrong with the event.
ALTERATIONS: dict[str, Callable[[Record], Record]] = {
    "version": lambda session: {},
    "one": lambda session: {"amount_subtotal": 1, "amount_total": 1},
    "sums": lambda session: {
        name: session[name] + MORE for name in ("amount_subtotal", "amount_total")
    },
    "currency": lambda session: {"currency": "usd"},
    "total": lambda session: {"amount_total": 1},
}


def altered(stripe: Sandbox, event_id: str, alteration: str) -> tuple[bytes, str]:
    """Body and header of a signed event whose content is false, with an id of its own."""
    event: dict[str, Any] = json.loads(stripe.webhook_request(event_id)[0])
    session = event["data"]["object"]
    altered = {
        **event,
        "id": f"{event_id}_{alteration}",
        "data": {"object": {**session, **ALTERATIONS[alteration](session)}},
    }
    return signed({**altered, "api_version": OLD_VERSION} if alteration == "version" else altered)
