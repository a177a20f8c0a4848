"""A paid session, and helpers for the tests of refunds and disputes."""

from typing import Any

from stripe import StripeClient
from stripe.checkout import Session

from sandbox_testing import NewSession
from stripe_contract import object_problems
from stripe_sandbox import Sandbox

PAYMENT_EVENTS = ("charge", "refund", "payment_intent", "radar")


def paid(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession, card: str = "4242424242424242"
) -> Session:
    """A session of 499.00 that was paid with a card."""
    session = new_session()
    sandbox.pay(session.id, card=card)
    return client.v1.checkout.sessions.retrieve(session.id)


def kinds(sandbox: Sandbox) -> list[str]:
    """The types of the events about payments, oldest first."""
    return [
        event["type"] for event in sandbox.events() if event["type"].split(".")[0] in PAYMENT_EVENTS
    ]


def assert_right(value: Any) -> None:
    """Assert that an object has the fields of the library's types."""
    problems = object_problems(value)
    assert not problems, "\n".join(problems)


def everything(sandbox: Sandbox) -> list[tuple[Any, ...]]:
    """All objects, to see that nothing changed."""
    return sandbox.state.rows("SELECT id, body, private FROM objects ORDER BY seq")
