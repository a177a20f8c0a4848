"""Commands over HTTP do what the methods of Sandbox do, and the page shows what is there."""

from typing import Any

import pytest
import requests
import stripe
from stripe import StripeClient

from sandbox_testing import Endpoint, NewSession, price_of
from stripe_sandbox import Sandbox


def send_command(sandbox: Sandbox, name: str, **values: Any) -> requests.Response:
    return requests.post(f"{sandbox.url}/_sandbox/{name}", json=values, timeout=15)


def test_a_session_is_paid_and_another_expired_by_command(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    paid, expired = new_session(), new_session()
    answer = send_command(sandbox, "pay", session=paid.id, email="ann@example.com")
    assert answer.json()["outcome"] == f"http://shop.test/thanks?session_id={paid.id}"
    assert send_command(sandbox, "expire", session=expired.id).status_code == 200
    statuses = [client.v1.checkout.sessions.retrieve(one.id).status for one in (paid, expired)]
    assert statuses == ["complete", "expired"]


def test_a_command_that_fails_says_why(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    session = new_session()
    assert (
        send_command(sandbox, "pay", session=session.id, card="4000000000000002").status_code == 402
    )
    assert send_command(sandbox, "pay", session=session.id, card="1").status_code == 400
    assert send_command(sandbox, "pay", session="cs_none").status_code == 404
    assert send_command(sandbox, "pay").status_code == 400
    assert send_command(sandbox, "advance", seconds="inf").status_code == 400
    assert send_command(sandbox, "trouble", nonsense=1).status_code == 400
    assert send_command(sandbox, "resend", event="evt_none").status_code == 404
    assert (
        requests.post(f"{sandbox.url}/_sandbox/pay", json=["list"], timeout=10).status_code == 400
    )
    broken = requests.post(
        f"{sandbox.url}/_sandbox/pay",
        data="{",
        headers={"Content-Type": "application/json"},
        timeout=10,
    )
    assert broken.status_code == 400
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"


def test_faults_are_requested_seen_and_cleared(sandbox: Sandbox, client: StripeClient) -> None:
    send_command(sandbox, "trouble", kind="error", times=None, path="/v1/products", status=503)
    state = requests.get(f"{sandbox.url}/_sandbox/state", timeout=10).json()
    assert (state["faults"][0]["times"], state["faults"][0]["status"]) == (None, 503)
    for _ in range(3):
        with pytest.raises(stripe.APIError) as failed:
            client.v1.products.list()
        assert failed.value.http_status == 503
    send_command(sandbox, "calm")
    assert client.v1.products.list().data == []


def test_delivery_is_held_back_and_an_event_resent(
    sandbox: Sandbox, client: StripeClient, endpoint: Endpoint
) -> None:
    send_command(sandbox, "deliver", on=False)
    client.v1.products.create({"name": "Lamp"})
    (event,) = sandbox.events()
    assert endpoint.received == []
    assert (
        send_command(sandbox, "resend", event=event["id"], times=3).json()["outcome"] == ["200"] * 3
    )
    assert len(endpoint.received) == 3
    send_command(sandbox, "deliver", on=True)
    assert sandbox.deliver


def test_requests_are_read_and_forgotten_and_everything_emptied(
    sandbox: Sandbox, client: StripeClient
) -> None:
    price_of(client, 100)
    account = sandbox.account
    seen = requests.get(f"{sandbox.url}/_sandbox/requests", timeout=10).json()
    assert [(call["method"], call["path"]) for call in seen] == [
        ("POST", "/v1/products"),
        ("POST", "/v1/prices"),
    ]
    send_command(sandbox, "forget")
    assert sandbox.requests == []
    send_command(sandbox, "reset")
    state = requests.get(f"{sandbox.url}/_sandbox/state", timeout=10).json()
    assert (state["objects"], state["account"] == account) == ({}, False)


def test_the_control_page_shows_everything_and_its_buttons_work(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession, endpoint: Endpoint
) -> None:
    price = price_of(client, 49900, name="<i>Lamp</i>")
    client.v1.products.update(
        str(client.v1.prices.retrieve(price).product), {"default_price": price}
    )
    session = new_session(price)
    endpoint.wait_for(3)
    page = requests.get(sandbox.url, timeout=10)
    assert page.status_code == 200
    for words in (
        sandbox.account,
        session.id,
        price,
        "&lt;i&gt;Lamp&lt;/i&gt;",
        "₹499.00",
        "default",
        "product.created",
    ):
        assert words in page.text.replace("<wbr>", "")
    assert "<i>" not in page.text
    assert "not Stripe" in page.text
    pressed = requests.post(
        f"{sandbox.url}/_sandbox/expire", data={"from_page": "1", "session": session.id}, timeout=10
    )
    assert pressed.url == sandbox.url + "/", "a button leads back to the page"
    assert client.v1.checkout.sessions.retrieve(session.id).status == "expired"
    requests.post(
        f"{sandbox.url}/_sandbox/deliver", data={"from_page": "1", "on": "False"}, timeout=10
    )
    assert not sandbox.deliver


def test_refunds_and_disputes_are_made_by_command(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    session = new_session()
    sandbox.pay(session.id, card="4000000000007726")
    refund = send_command(sandbox, "refund", payment=session.id, amount=100).json()["outcome"]
    assert send_command(sandbox, "refund_succeeds", refund=refund).status_code == 200
    assert send_command(sandbox, "refund_fails", refund=refund).status_code == 200
    assert client.v1.refunds.retrieve(refund).status == "failed"
    canceled = send_command(sandbox, "refund", payment=session.id, amount="5").json()["outcome"]
    assert send_command(sandbox, "refund_is_canceled", refund=canceled).status_code == 200
    inquiry = send_command(sandbox, "dispute", payment=session.id, kind="inquiry").json()["outcome"]
    assert send_command(sandbox, "inquiry_is_escalated", dispute=inquiry).status_code == 200
    assert send_command(sandbox, "dispute_is_won", dispute=inquiry).status_code == 200
    lost = send_command(sandbox, "dispute", payment=session.id, amount="100").json()["outcome"]
    assert send_command(sandbox, "dispute_is_lost", dispute=lost).status_code == 200
    assert send_command(sandbox, "inquiry_is_closed", dispute=lost).status_code == 400
    assert send_command(sandbox, "warn", payment=session.id).status_code == 200
    statuses = [dispute.status for dispute in client.v1.disputes.list().data]
    assert statuses == ["lost", "won"]


def test_the_page_has_a_button_for_everything_that_can_happen_to_a_payment(
    sandbox: Sandbox, new_session: NewSession
) -> None:
    session = new_session()
    sandbox.pay(session.id, card="4000000000007726")
    offered = requests.get(sandbox.url, timeout=10).text
    for name in ("refund", "dispute", "warn"):
        assert f"/_sandbox/{name}" in offered
    sandbox.refund(session.id, 100)
    sandbox.dispute(session.id, kind="inquiry")
    offered = requests.get(sandbox.url, timeout=10).text
    for name in (
        "refund_succeeds",
        "refund_fails",
        "refund_is_canceled",
        "inquiry_is_escalated",
        "inquiry_is_closed",
    ):
        assert f"/_sandbox/{name}" in offered
    sandbox.dispute(session.id, amount=100)
    offered = requests.get(sandbox.url, timeout=10).text
    assert 'action="/_sandbox/refund"' not in offered, "a chargeback blocks refunds"
    for name in ("dispute_is_won", "dispute_is_lost"):
        assert f"/_sandbox/{name}" in offered


def test_a_payment_and_its_refund_can_be_old_and_no_event_about_the_payment_is_sent(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    session, age = new_session(), 60 * 24 * 3600
    sandbox.webhook_url = "http://127.0.0.1:9/"  # refuses connections
    now = sandbox.state.now()
    assert send_command(sandbox, "pay", session=session.id, ago=age).status_code == 200
    paid = client.v1.checkout.sessions.retrieve(session.id)
    assert (paid.status, paid.payment_status) == ("complete", "paid")
    intent = client.v1.payment_intents.retrieve(str(paid.payment_intent))
    charge = client.v1.charges.retrieve(str(intent.latest_charge))
    event = sandbox.events("checkout.session.completed")[-1]
    for created in (intent.created, charge.created, event["created"]):
        assert abs(now - age - created) < 60
    assert paid.created < intent.created < paid.expires_at
    assert sandbox.deliveries_log() == []
    assert abs(sandbox.state.now() - now) < 60

    refund = client.v1.refunds.create({"payment_intent": intent.id})
    assert (
        send_command(sandbox, "backdate_refund", refund=refund.id, seconds=100).status_code == 200
    )
    assert client.v1.refunds.retrieve(refund.id).created == refund.created - 100
    assert (
        send_command(sandbox, "backdate_refund", refund="re_none", seconds=100).status_code == 404
    )


@pytest.mark.parametrize("ago", [-1, "inf", 1e12])
def test_a_payment_cannot_be_in_the_future_or_older_than_ten_years(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession, ago: object
) -> None:
    session = new_session()
    assert send_command(sandbox, "pay", session=session.id, ago=ago).status_code == 400
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"


@pytest.mark.parametrize(
    ("name", "body"),
    [
        *((name, '{"payment": "PAYMENT", "amount": 1e400}') for name in ("refund", "dispute")),
        *((name, '{"payment": "PAYMENT", "amount": NaN}') for name in ("refund", "dispute")),
        ("refund", '{"payment": "PAYMENT", "amount": 1' + "0" * 400 + "}"),
        ("pay", "[" * 100_000),
        ("pay", '{"a": ' * 100_000),
        ("pay", '{"session": "SESSION", "shipping": 1e400}'),
        ("pay", '{"session": "SESSION", "ago": 1e400}'),
        ("advance", '{"seconds": 1e400}'),
        ("advance", '{"seconds": 1e300}'),
        ("resend", '{"event": "evt_1", "times": 1e400}'),
        ("trouble", '{"kind": "hang", "seconds": 1e400}'),
        ("trouble", '{"kind": "hang", "seconds": NaN}'),
        ("trouble", '{"times": 1e400}'),
        ("chaos", '{"latency": 1e400}'),
        ("chaos", '{"seed": 1e400}'),
    ],
)
def test_a_command_with_a_value_without_measure_is_refused_and_does_nothing(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession, name: str, body: str
) -> None:
    paid, waiting = new_session(), new_session()
    send_command(sandbox, "pay", session=paid.id)
    payment = str(client.v1.checkout.sessions.retrieve(paid.id).payment_intent)
    before = requests.get(f"{sandbox.url}/_sandbox/state", timeout=10).json()
    sent = body.replace("PAYMENT", payment).replace("SESSION", waiting.id)
    answer = requests.post(
        f"{sandbox.url}/_sandbox/{name}",
        data=sent,
        headers={"Content-Type": "application/json"},
        timeout=10,
    )
    assert answer.status_code in (400, 404) and "error" in answer.json()
    assert requests.get(f"{sandbox.url}/_sandbox/state", timeout=10).json() == before
    assert client.v1.checkout.sessions.retrieve(waiting.id).status == "open"
