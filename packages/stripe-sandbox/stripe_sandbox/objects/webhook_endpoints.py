"""Webhook endpoints (docs.stripe.com/api/webhook_endpoints).

They are stored and listed, but receive nothing: events are only sent to the sandbox's own
``webhook_url``.
"""

from typing import Any

from stripe_sandbox import ids
from stripe_sandbox.objects import lists, parameters
from stripe_sandbox.state import Record, State

EVENTS = parameters.listing(parameters.text(100), 300)
CREATE = parameters.group(
    {
        **parameters.EXPAND,
        "api_version": parameters.text(50),
        "connect": parameters.unsupported,
        "description": parameters.text(5000),
        "enabled_events": EVENTS,
        "metadata": parameters.metadata,
        "url": parameters.url,
    },
    ("enabled_events", "url"),
)
LIST = parameters.group(parameters.PAGE)


def create(state: State, params: dict[str, Any]) -> Record:
    """Add an endpoint. Its signing secret is in this response only."""
    endpoint = state.add(
        {
            "id": ids.new("we"),
            "object": "webhook_endpoint",
            "api_version": params.get("api_version"),
            "application": None,
            "created": state.now(),
            "description": params.get("description"),
            "enabled_events": params["enabled_events"],
            "livemode": False,
            "metadata": parameters.merged({}, params.get("metadata")),
            "status": "enabled",
            "url": params["url"],
        }
    )
    return {**endpoint, "secret": f"whsec_{ids.random_text(32)}"}


def list_all(state: State, params: dict[str, Any]) -> Record:
    """All endpoints, newest first."""
    return lists.page(state, "webhook_endpoint", "/v1/webhook_endpoints", params, [])
