"""Events are signed, delivered, retried, and can be held back, resent and resumed."""

import json
import threading
import time
from pathlib import Path

import pytest
import stripe
from stripe import StripeClient

from sandbox_testing import SECRET, Endpoint, NewSession, client_of
from stripe_sandbox import ApiError, Sandbox, sign


def types(endpoint: Endpoint) -> list[str]:
    return sorted(json.loads(delivery.body)["type"] for delivery in endpoint.received)


def wait_until_delivered(sandbox: Sandbox, event_id: str, seconds: float = 8) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if any(row[0] == event_id and row[2] for row in sandbox.deliveries_log()):
            return
        time.sleep(0.02)
    raise AssertionError(sandbox.deliveries_log())


def test_an_event_arrives_signed_so_that_the_library_believes_it(
    client: StripeClient, endpoint: Endpoint
) -> None:
    client.v1.products.create({"name": "Lamp"})
    (delivery,) = endpoint.wait_for(1)
    event = client.construct_event(delivery.body, delivery.headers["Stripe-Signature"], SECRET)
    assert (event.type, event.api_version, event.livemode) == (
        "product.created",
        stripe.api_version,
        False,
    )
    assert event.pending_webhooks == 1
    assert client.v1.events.retrieve(event.id).data.object.to_dict() == event.data.object.to_dict()
    with pytest.raises(stripe.SignatureVerificationError):
        client.construct_event(delivery.body + b" ", delivery.headers["Stripe-Signature"], SECRET)


def test_the_signature_is_the_documented_one() -> None:
    header = stripe.WebhookSignature.generate_signature_header(
        '{"a": 1}', "whsec_x", timestamp=1700000000
    )
    assert sign(b'{"a": 1}', "whsec_x", 1700000000) == header


def test_paying_sends_the_three_events_and_waits_for_the_answer(
    sandbox: Sandbox, new_session: NewSession, endpoint: Endpoint
) -> None:
    session = new_session()
    endpoint.wait_for(2)
    endpoint.received.clear()
    sandbox.pay(session.id)
    assert "checkout.session.completed" in types(endpoint), (
        "the shopper was sent on before the shop had heard"
    )
    endpoint.wait_for(3)
    assert types(endpoint) == [
        "charge.succeeded",
        "checkout.session.completed",
        "payment_intent.succeeded",
    ]
    completed = next(
        json.loads(one.body) for one in endpoint.received if b"session.completed" in one.body
    )
    assert completed["data"]["object"]["id"] == session.id
    assert "line_items" not in completed["data"]["object"]
    assert completed["request"] == {"id": None, "idempotency_key": None}


def test_a_slow_endpoint_holds_the_shopper_but_not_for_ever(
    sandbox: Sandbox, new_session: NewSession, endpoint: Endpoint
) -> None:
    session = new_session()
    endpoint.wait_for(2)
    endpoint.wait.clear()
    threading.Timer(0.7, endpoint.wait.set).start()
    started = time.monotonic()
    sandbox.pay(session.id)
    assert 0.6 < time.monotonic() - started < 5


@pytest.mark.parametrize("failure", [500, 400, 302])
def test_anything_but_2xx_is_a_failure_and_tried_again_with_a_fresh_signature(
    sandbox: Sandbox, client: StripeClient, endpoint: Endpoint, failure: int
) -> None:
    endpoint.answers = [failure]
    endpoint.headers = {"Location": "/elsewhere/"}
    client.v1.products.create({"name": "Lamp"})
    first, second = endpoint.wait_for(2)
    assert first.body == second.body
    assert first.headers["Stripe-Signature"] != second.headers["Stripe-Signature"]
    event_id = json.loads(first.body)["id"]
    wait_until_delivered(sandbox, event_id)
    time.sleep(1.2)
    assert len(endpoint.received) == 2, "a delivered event was sent again"


def test_undelivered_events_are_listed_as_such_until_they_arrive(
    sandbox: Sandbox, client: StripeClient, endpoint: Endpoint
) -> None:
    sandbox.deliver = False
    client.v1.products.create({"name": "Lamp"})
    (waiting,) = client.v1.events.list({"delivery_success": False}).data
    assert (waiting.pending_webhooks, endpoint.received) == (1, [])
    sandbox.deliver = True
    endpoint.wait_for(1)
    wait_until_delivered(sandbox, waiting.id)
    assert client.v1.events.list({"delivery_success": False}).data == []
    assert client.v1.events.retrieve(waiting.id).pending_webhooks == 0
    assert [event.id for event in client.v1.events.list({"delivery_success": True}).data] == [
        waiting.id
    ]


def test_paying_does_not_wait_for_events_that_are_held_back(
    sandbox: Sandbox, new_session: NewSession, endpoint: Endpoint
) -> None:
    sandbox.deliver = False
    session = new_session()
    started = time.monotonic()
    sandbox.pay(session.id)
    assert time.monotonic() - started < 1
    assert endpoint.received == []
    assert len(sandbox.events("checkout.session.completed")) == 1


def test_an_event_can_be_resent_many_times_at_once(
    sandbox: Sandbox, new_session: NewSession, endpoint: Endpoint
) -> None:
    sandbox.deliver = False
    sandbox.pay(new_session().id)
    (event,) = sandbox.events("checkout.session.completed")
    assert sandbox.resend(event["id"], times=8) == ["200"] * 8
    assert len(endpoint.received) == 8
    assert {json.loads(one.body)["id"] for one in endpoint.received} == {event["id"]}
    endpoint.answers = [500]
    assert sandbox.resend(event["id"]) == ["500"]
    with pytest.raises(ApiError):
        sandbox.resend("evt_none")


def test_without_an_address_events_are_only_kept(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    sandbox.pay(new_session().id)
    (event,) = sandbox.events("checkout.session.completed")
    assert sandbox.deliveries_log() == []
    assert sandbox.resend(event["id"]) == ["failed: no address to send to"]
    body, signature = sandbox.webhook_request(event["id"])
    assert client.construct_event(body, signature, SECRET).id == event["id"]


def test_an_endpoint_that_is_down_is_tried_again_until_it_is_up(
    sandbox: Sandbox, client: StripeClient
) -> None:
    listening = Endpoint()
    listening.close()
    sandbox.webhook_url = listening.url
    client.v1.products.create({"name": "Lamp"})
    (event,) = sandbox.events()
    deadline = time.monotonic() + 5
    while not any(row[1] for row in sandbox.deliveries_log()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert sandbox.deliveries_log()[0][3].startswith("failed: ConnectionRefusedError")
    up = Endpoint()
    sandbox.webhook_url = up.url
    up.wait_for(1)
    wait_until_delivered(sandbox, event["id"])
    sandbox.webhook_url = ""
    up.close()


def test_emptying_the_sandbox_while_an_event_is_being_sent_breaks_nothing(
    sandbox: Sandbox, client: StripeClient, endpoint: Endpoint
) -> None:
    endpoint.wait.clear()
    client.v1.products.create({"name": "Lamp"})
    assert endpoint.begun.wait(5)
    sandbox.reset()
    endpoint.wait.set()
    product = client.v1.products.create({"name": "Throw"}).id
    (event,) = sandbox.events()
    assert event["data"]["object"]["id"] == product
    wait_until_delivered(sandbox, event["id"])
    endpoint.wait_for(2)
    assert [row[0] for row in sandbox.deliveries_log()] == [event["id"]]


def test_everything_survives_a_restart_and_deliveries_go_on(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "state.sqlite3"
    endpoint = Endpoint()
    with Sandbox(state=file, webhook_url=endpoint.url, webhook_secret=SECRET) as first:
        first.deliver = False
        client = client_of(first)
        product = client.v1.products.create({"name": "Lamp"}, {"idempotency_key": "k"})
        account, port = first.account, first.port
    with Sandbox(state=file, port=port, webhook_url=endpoint.url, webhook_secret=SECRET) as second:
        assert second.account == account
        again = client_of(second).v1.products.create({"name": "Lamp"}, {"idempotency_key": "k"})
        assert again.id == product.id
        (delivery,) = endpoint.wait_for(1)
        assert json.loads(delivery.body)["data"]["object"]["id"] == product.id
    endpoint.close()
