"""Webhook endpoints. Source: docs.stripe.com/api/webhook_endpoints."""

from collections.abc import Sequence
from typing import cast

from stripe.params import WebhookEndpointCreateParams

from stripe_gateway.calls import translated
from stripe_gateway.client import API_VERSION, stripe_client
from stripe_gateway.parsing import StripeModel, Text, Url, parse
from stripe_gateway.policy import PAGE_SIZE

EVERY_EVENT = "*"


class Endpoint(StripeModel):
    """An endpoint. `api_version` is empty if it has the account's default; `secret` is known only
    when it was created.
    """

    url: Url
    status: Text = ""
    api_version: Text = ""
    enabled_events: tuple[Text, ...] = ()
    secret: Text = ""


def list_endpoints() -> list[Endpoint]:
    """All endpoints of the account. Raises KeyRefused, Unavailable."""
    with translated():
        page = stripe_client().v1.webhook_endpoints.list({"limit": PAGE_SIZE})
        found = [endpoint.to_dict() for endpoint in page.auto_paging_iter()]
    return [parse(Endpoint, endpoint) for endpoint in found]


def create_endpoint(url: str, events: Sequence[str]) -> Endpoint:
    """Create an endpoint for events of our API version; the answer has its secret."""
    params = {"url": url, "enabled_events": list(events), "api_version": API_VERSION}
    with translated():
        created = stripe_client().v1.webhook_endpoints.create(
            cast(WebhookEndpointCreateParams, params)
        )
    return parse(Endpoint, created.to_dict())
