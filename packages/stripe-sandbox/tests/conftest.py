"""A sandbox per test, a client that talks to it, and an endpoint that receives its events."""

from collections.abc import Iterator
from typing import Any

import pytest
from stripe import StripeClient
from stripe.checkout import Session

from sandbox_testing import SECRET, Endpoint, NewSession, client_of, price_of
from stripe_sandbox import Sandbox


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A new sandbox without a webhook address."""
    with Sandbox(webhook_secret=SECRET) as running:
        yield running


@pytest.fixture
def client(sandbox: Sandbox) -> StripeClient:
    """The real library with a test key."""
    return client_of(sandbox)


@pytest.fixture
def endpoint(sandbox: Sandbox) -> Iterator[Endpoint]:
    """Where the sandbox sends its events from now on."""
    listening = Endpoint()
    sandbox.webhook_url = listening.url
    yield listening
    sandbox.webhook_url = ""
    listening.close()


@pytest.fixture
def new_session(client: StripeClient) -> NewSession:
    """Opens a checkout session for one lamp at ₹499.00, by default."""

    def open_session(price: str = "", quantity: int = 1, **params: Any) -> Session:
        line = {"price": price or price_of(client, 49900), "quantity": quantity}
        asked: Any = {
            "mode": "payment",
            "line_items": [line],
            "success_url": "http://shop.test/thanks?session_id={CHECKOUT_SESSION_ID}",
            "cancel_url": "http://shop.test/cancelled",
            **params,
        }
        return client.v1.checkout.sessions.create(asked)

    return open_session
