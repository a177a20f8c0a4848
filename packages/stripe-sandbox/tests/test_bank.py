"""Payments from a bank account: complete at once, or paid or failed later."""

import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest
import requests
import stripe
from stripe import StripeClient
from stripe.checkout import Session

from payment_page_form import Form, get, is_untouched, post
from sandbox_testing import SECRET, NewSession, client_of, price_of
from stripe_contract import object_problems
from stripe_sandbox import ApiError, NotOpen, Sandbox

PAYS, CLOSED, PROCESSING = "000123456789", "000111111113", "000000000009"
GOOD = {"method": "bank", "account": PAYS, "name": "Ann Shopper", "email": "ann@example.com"}


def send_command(sandbox: Sandbox, name: str, **values: Any) -> requests.Response:
    return requests.post(f"{sandbox.url}/_sandbox/{name}", json=values, timeout=10)


def post_bank(session: Session, **changes: str) -> requests.Response:
    """Send the bank's form with valid values, except for the changes."""
    return requests.post(
        str(session.url), data={**GOOD, **changes}, timeout=10, allow_redirects=False
    )


def state_of(client: StripeClient, session_id: str) -> tuple[str | None, str, str]:
    """Status, payment status, and the intent's status."""
    now = client.v1.checkout.sessions.retrieve(session_id, {"expand": ["payment_intent"]})
    assert object_problems(now) == []
    assert isinstance(now.payment_intent, stripe.PaymentIntent)
    return now.status, now.payment_status, now.payment_intent.status


def kinds(sandbox: Sandbox) -> list[str]:
    """The types of the events about payments, oldest first."""
    return [
        event["type"]
        for event in sandbox.events()
        if event["type"].split(".")[0] not in ("product", "price")
    ]


def test_the_form_sends_the_shopper_back_with_the_payment_under_way(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    session = new_session(payment_intent_data={"metadata": {"checkout": "7"}})
    assert session.payment_method_types == ["card", "us_bank_account"]
    answer = post_bank(session, account="000 123 456-789")
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"http://shop.test/thanks?session_id={session.id}"
    assert state_of(client, session.id) == ("complete", "unpaid", "processing")
    (completed,) = sandbox.events("checkout.session.completed")
    assert completed["data"]["object"]["payment_status"] == "unpaid"
    assert kinds(sandbox) == ["checkout.session.completed"]
    (listed,) = client.v1.checkout.sessions.list({"expand": ["data.payment_intent"]}).data
    assert isinstance(listed.payment_intent, stripe.PaymentIntent)
    intent = listed.payment_intent
    assert (intent.amount, intent.amount_received, intent.latest_charge) == (49900, 0, None)
    assert intent.metadata.to_dict() == {"checkout": "7"}


def test_the_money_comes_when_its_time_has_come(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    session = new_session()
    sandbox.pay(session.id, bank=PAYS)
    sandbox.advance(5)
    assert state_of(client, session.id) == ("complete", "unpaid", "processing")
    sandbox.advance(6)
    assert state_of(client, session.id) == ("complete", "paid", "succeeded")
    assert kinds(sandbox) == [
        "checkout.session.completed", "charge.succeeded", "payment_intent.succeeded",
        "checkout.session.async_payment_succeeded",
    ]  # fmt: skip
    assert object_problems(client.v1.events.list({"limit": 100})) == []
    wanted = ["payment_intent.latest_charge"]
    paid = client.v1.checkout.sessions.retrieve(session.id, {"expand": wanted})
    assert isinstance(paid.payment_intent, stripe.PaymentIntent)
    charge = paid.payment_intent.latest_charge
    assert isinstance(charge, stripe.Charge)
    assert object_problems(charge) == []
    assert (charge.amount, charge.billing_details.email) == (49900, "shopper@example.com")
    assert charge.payment_method_details is not None
    assert charge.payment_method_details.type == "us_bank_account"
    sandbox.advance(3600)
    assert len(kinds(sandbox)) == 4, "it ends once"


def test_nobody_has_to_look_for_the_money_to_come(
    sandbox: Sandbox, new_session: NewSession
) -> None:
    sandbox.state.bank_seconds = 0
    session = new_session()
    sandbox.pay(session.id, bank=PAYS)
    deadline = time.monotonic() + 5
    while (
        not sandbox.events("checkout.session.async_payment_succeeded")
        and time.monotonic() < deadline
    ):
        time.sleep(0.05)
    (event,) = sandbox.events("checkout.session.async_payment_succeeded")
    assert event["data"]["object"]["payment_status"] == "paid"
    assert event["request"] == {"id": None, "idempotency_key": None}


@pytest.mark.parametrize(
    ("account", "code"),
    [
        ("000111111113", "account_closed"),
        ("000111111116", "no_account"),
        ("000222222227", "insufficient_funds"),
        ("000333333335", "debit_not_authorized"),
    ],
)
def test_an_account_that_does_not_pay_says_why_later(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession, account: str, code: str
) -> None:
    session = new_session()
    sandbox.pay(session.id, bank=account, email="ann@example.com")
    assert state_of(client, session.id) == ("complete", "unpaid", "processing")
    sandbox.advance(11)
    assert state_of(client, session.id) == ("complete", "unpaid", "requires_payment_method")
    assert kinds(sandbox) == [
        "checkout.session.completed",
        "payment_intent.payment_failed",
        "checkout.session.async_payment_failed",
    ]
    (failed,) = sandbox.events("payment_intent.payment_failed")
    intent = client.v1.payment_intents.retrieve(failed["data"]["object"]["id"])
    assert object_problems(intent) == []
    assert intent.last_payment_error is not None
    assert intent.last_payment_error.code == code
    assert intent.last_payment_error.payment_method is not None
    assert object_problems(intent.last_payment_error.payment_method) == []
    assert intent.amount_received == 0
    assert object_problems(client.v1.events.list({"limit": 100})) == []
    assert "Your bank declined the payment" in get(session).text


def test_one_account_stays_processing_until_somebody_settles_it(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    session = new_session()
    sandbox.pay(session.id, bank=PROCESSING)
    sandbox.advance(30 * 24 * 3600)
    assert state_of(client, session.id) == ("complete", "unpaid", "processing")
    page = Form(get(session).text)
    assert "Payment processing" in page.words
    sandbox.settle(session.id)
    assert state_of(client, session.id) == ("complete", "paid", "succeeded")


def test_payments_are_settled_and_failed_by_hand_once(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    settled, failed = new_session(), new_session()
    for session in (settled, failed):
        assert send_command(sandbox, "pay", session=session.id, bank=PAYS).status_code == 200
    shown = requests.get(sandbox.url, timeout=10).text
    assert (shown.count("Bank pays"), shown.count("Bank refuses")) == (2, 2)
    assert send_command(sandbox, "settle", session=settled.id).status_code == 200
    assert send_command(sandbox, "fail", session=failed.id).status_code == 200
    assert "Bank pays" not in requests.get(sandbox.url, timeout=10).text
    before = kinds(sandbox)
    for session in (settled, failed):
        for name in ("settle", "fail"):
            assert send_command(sandbox, name, session=session.id).status_code == 400
    sandbox.advance(3600)
    assert kinds(sandbox) == before
    assert state_of(client, settled.id) == ("complete", "paid", "succeeded")
    assert state_of(client, failed.id) == ("complete", "unpaid", "requires_payment_method")


def test_there_is_nothing_to_settle_without_a_payment_from_a_bank(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    opened, paid, free = new_session(), new_session(), new_session(price_of(client, 0))
    sandbox.pay(paid.id)
    sandbox.pay(free.id, bank=PAYS)
    before = kinds(sandbox)
    for session in (opened, paid, free):
        for act in (sandbox.settle, sandbox.fail):
            with pytest.raises(ApiError, match="no payment"):
                act(session.id)
    with pytest.raises(ApiError):
        sandbox.settle("cs_none")
    assert kinds(sandbox) == before
    assert is_untouched(client, opened)
    assert client.v1.checkout.sessions.retrieve(free.id).payment_status == "no_payment_required"


def test_a_session_is_paid_once_from_the_bank_or_by_card(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    session = new_session()
    attempt = str(Form(get(session).text, 2).inputs["attempt"]["value"])
    assert [post_bank(session, attempt=attempt).status_code for _ in range(2)] == [303, 303]
    assert post_bank(session, attempt="other").status_code == 409
    assert post(session).status_code == 409
    with pytest.raises(NotOpen):
        sandbox.pay(session.id)
    assert kinds(sandbox) == ["checkout.session.completed"]


def test_the_form_is_folded_away_works_without_javascript_and_keeps_its_ids_apart(
    new_session: NewSession,
) -> None:
    session = new_session(customer_email="ann@example.com")
    page = Form(get(session).text, 2)
    assert set(page.inputs) == {"method", "attempt", "account", "name", "email"}
    assert page.inputs["email"]["value"] == "ann@example.com"
    assert page.labels == ["bank-account", "bank-name", "bank-email"]
    assert '<details class="bank">' in get(session).text
    assert PROCESSING in page.words


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("account", "", "Enter an account number."),
        ("account", "1234", "test accounts only"),
        ("account", "DE89370400440532013000", "test accounts only"),
        ("name", "", "Enter the name on the account."),
        ("name", "x" * 201, "too long"),
        ("email", "ann", "Enter an email address"),
    ],
)
def test_a_wrong_field_gets_a_message_beside_it_and_nothing_happens(
    sandbox: Sandbox,
    client: StripeClient,
    new_session: NewSession,
    field: str,
    value: str,
    words: str,
) -> None:
    session = new_session()
    answer = post_bank(session, **{field: value})
    card, bank = Form(answer.text), Form(answer.text, 2)
    assert answer.status_code == 402
    assert words in bank.words
    assert [name for name, found in bank.inputs.items() if "aria-invalid" in found] == [field]
    assert bank.inputs[field]["aria-describedby"] == f"bank-{field}-error"
    assert not any("aria-invalid" in found for found in card.inputs.values())
    assert '<details class="bank" open>' in answer.text
    assert is_untouched(client, session)
    assert kinds(sandbox) == []


def test_a_session_that_excludes_bank_accounts_takes_none(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    for params in (
        {"excluded_payment_method_types": ["us_bank_account"]},
        {"allowed_payment_method_types": ["card"]},
    ):
        session = new_session(**params)
        assert session.payment_method_types == ["card"]
        assert "bank account" not in get(session).text
        assert post_bank(session).status_code == 402
        with pytest.raises(ApiError, match="bank account"):
            sandbox.pay(session.id, bank=PAYS)
        assert is_untouched(client, session)
    with pytest.raises(stripe.InvalidRequestError, match="cards"):
        new_session(allowed_payment_method_types=["us_bank_account"])


def test_an_account_that_is_none_pays_nothing(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    session = new_session()
    with pytest.raises(KeyError):
        sandbox.pay(session.id, bank="000123456788")
    assert send_command(sandbox, "pay", session=session.id, bank="1").status_code == 400
    assert is_untouched(client, session)


@pytest.mark.parametrize("seconds", [-1, float("inf"), float("nan")])
def test_a_bank_needs_a_sensible_time(seconds: float) -> None:
    with pytest.raises(ValueError, match="bank_seconds"):
        Sandbox(bank_seconds=seconds)


def test_a_restart_goes_on_with_payments_under_way_and_keeps_no_account_number(
    tmp_path: Path,
) -> None:
    file = tmp_path / "state.sqlite3"
    with Sandbox(state=file, webhook_secret=SECRET) as first:
        client = client_of(first)
        line: Any = {"price": price_of(client, 49900), "quantity": 1}
        asked: Any = {"mode": "payment", "line_items": [line], "success_url": "http://shop.test/"}
        sessions = [client.v1.checkout.sessions.create(asked) for _ in range(2)]
        for session, account in zip(sessions, (PAYS, CLOSED), strict=True):
            first.pay(session.id, bank=account)
    with sqlite3.connect(file) as database:
        dump = "\n".join(database.iterdump())
    database.close()
    assert PAYS not in dump and CLOSED not in dump
    with Sandbox(state=file, webhook_secret=SECRET) as second:
        client = client_of(second)
        assert state_of(client, sessions[0].id) == ("complete", "unpaid", "processing")
        second.advance(11)
        assert state_of(client, sessions[0].id) == ("complete", "paid", "succeeded")
        assert state_of(client, sessions[1].id) == ("complete", "unpaid", "requires_payment_method")
