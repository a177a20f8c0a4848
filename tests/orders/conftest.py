"""Stored events, for the tests of the event log and of the command."""

import pytest
from django.test import Client

from orders.models import StripeEvent
from products.models import ProductPage
from stripe_sandbox import Sandbox
from tests.conftest import deliver
from tests.orders.selling import SESSIONS, buy, deliver_altered, told


@pytest.fixture
def processed(synced: Sandbox, member: Client, lamp: ProductPage) -> StripeEvent:
    """The stored event of a session that was paid and processed."""
    buy(synced, member, lamp)
    deliver(synced)
    synced.requests.clear()
    return StripeEvent.objects.get()


@pytest.fixture
def stuck(synced: Sandbox, member: Client, lamp: ProductPage) -> StripeEvent:
    """A stored event of a paid session that must be retrieved, while Stripe does not answer."""
    buy(synced, member, lamp)
    event = {**told(synced), "api_version": "2020-08-27"}
    synced.fail_next(path=SESSIONS, times=None)
    deliver_altered(event)
    synced.requests.clear()
    row = StripeEvent.objects.get()
    assert row.outcome == "pending"
    return row
