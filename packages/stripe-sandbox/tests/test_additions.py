"""What is added on the payment page: the totals include it, and a full discount is free."""

from typing import Any

import pytest
import requests
import stripe
from stripe import StripeClient

from payment_page_form import is_untouched
from sandbox_testing import NewSession, price_of
from stripe_contract import object_problems
from stripe_sandbox import ApiError, Declined, Sandbox


def test_discount_shipping_and_tax_are_in_every_sum(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    lines = [
        {"price": price_of(client, 33333), "quantity": 1},
        {"price": price_of(client, 100), "quantity": 7},
        {"price": price_of(client, 0), "quantity": 1},
    ]
    session = new_session(line_items=lines)
    sandbox.pay(session.id, discount=1001, shipping=4900, tax=5947)
    wanted = ["payment_intent.latest_charge"]
    paid = client.v1.checkout.sessions.retrieve(session.id, {"expand": wanted})
    assert object_problems(paid) == []
    assert (paid.amount_subtotal, paid.amount_total) == (34033, 34033 - 1001 + 4900 + 5947)
    assert paid.total_details is not None and paid.shipping_cost is not None
    details = paid.total_details
    assert (details.amount_discount, details.amount_shipping, details.amount_tax) == (
        1001,
        4900,
        5947,
    )
    assert paid.shipping_cost.amount_total == 4900
    assert paid.discounts is not None and len(paid.discounts) == 1
    assert isinstance(paid.payment_intent, stripe.PaymentIntent)
    assert isinstance(paid.payment_intent.latest_charge, stripe.Charge)
    assert (
        paid.payment_intent.amount == paid.payment_intent.latest_charge.amount == paid.amount_total
    )
    listed = client.v1.checkout.sessions.line_items.list(session.id)
    assert object_problems(listed) == []
    assert sum(line.amount_discount for line in listed.data) == 1001
    assert sum(line.amount_tax for line in listed.data) == 5947
    assert sum(line.amount_total for line in listed.data) + 4900 == paid.amount_total
    for line in listed.data:
        assert (
            line.amount_total == line.amount_subtotal - line.amount_discount + line.amount_tax >= 0
        )
    (completed,) = sandbox.events("checkout.session.completed")
    assert completed["data"]["object"]["amount_total"] == paid.amount_total


def test_a_discount_of_everything_leaves_nothing_to_pay(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    session = new_session()
    sandbox.pay(session.id, card="4000000000000002", discount=49900)
    done = client.v1.checkout.sessions.retrieve(session.id)
    assert object_problems(done) == []
    assert (done.status, done.payment_status, done.payment_intent) == (
        "complete",
        "no_payment_required",
        None,
    )
    assert (done.amount_subtotal, done.amount_total) == (49900, 0)
    assert len(sandbox.events("checkout.session.completed")) == 1
    assert sandbox.events("charge.succeeded") == []


@pytest.mark.parametrize(
    ("amount", "added", "total"),
    [(49900, {"discount": 49900, "shipping": 5000}, 5000), (0, {"tax": 700}, 700)],
    ids=["shipping of a gift", "tax of a gift"],
)
def test_what_is_left_to_pay_is_paid(
    sandbox: Sandbox,
    client: StripeClient,
    new_session: NewSession,
    amount: int,
    added: dict[str, int],
    total: int,
) -> None:
    session = new_session(price_of(client, amount))
    sandbox.pay(session.id, **added)  # type: ignore[arg-type]
    paid = client.v1.checkout.sessions.retrieve(session.id)
    assert (paid.payment_status, paid.amount_total) == ("paid", total)
    assert len(sandbox.events("charge.succeeded")) == 1


def test_additions_come_over_http_and_with_a_bank_account(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    session = new_session()
    asked = {
        "session": session.id,
        "bank": "000123456789",
        "discount": 900,
        "shipping": "100",
        "tax": 50,
    }
    assert requests.post(f"{sandbox.url}/_sandbox/pay", json=asked, timeout=10).status_code == 200
    sandbox.settle(session.id)
    paid = client.v1.checkout.sessions.retrieve(session.id)
    assert (paid.payment_status, paid.amount_total) == ("paid", 49900 - 900 + 100 + 50)


@pytest.mark.parametrize(
    "added",
    [
        {"discount": -1},
        {"shipping": -1},
        {"tax": -5},
        {"discount": 49901},
        {"discount": 49899},
        {"tax": 10**9},
        {"tax": "much"},
    ],
    ids=str,
)
def test_what_cannot_be_added_is_refused_and_nothing_moves(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession, added: dict[str, Any]
) -> None:
    session = new_session()
    with pytest.raises((ValueError, ApiError)):
        sandbox.pay(session.id, **added)
    answer = requests.post(
        f"{sandbox.url}/_sandbox/pay", json={"session": session.id, **added}, timeout=10
    )
    assert answer.status_code == 400
    assert is_untouched(client, session)
    left = client.v1.checkout.sessions.retrieve(session.id)
    assert (left.amount_total, left.shipping_cost) == (49900, None)
    assert sandbox.events("checkout.session.completed") == []


def test_a_declined_card_adds_nothing(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    session = new_session()
    with pytest.raises(Declined):
        sandbox.pay(session.id, card="4000000000000002", discount=100, tax=7)
    assert client.v1.checkout.sessions.retrieve(session.id).amount_total == 49900
    (line,) = client.v1.checkout.sessions.line_items.list(session.id).data
    assert (line.amount_discount, line.amount_tax, line.amount_total) == (0, 0, 49900)
