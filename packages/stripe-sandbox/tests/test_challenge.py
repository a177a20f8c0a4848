"""3-D Secure: the bank shows a challenge on a page of its own before the card pays."""

import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
import requests
import stripe
from stripe import StripeClient
from stripe.checkout import Session

from payment_page_form import Form, get, is_untouched, post, was_declined
from sandbox_testing import SECRET, NewSession, client_of, price_of
from stripe_contract import object_problems
from stripe_sandbox import Declined, Sandbox

ASKS = "4000002760003184"
REFUSED = (
    "We are unable to authenticate your payment method. Please choose a different "
    "payment method and try again."
)


def challenged(session: Session, **changes: str) -> str:
    """Send the card form; the address of the bank's challenge."""
    answer = post(session, **{"number": ASKS, **changes})
    assert answer.status_code == 303
    address = urljoin(str(session.url), answer.headers["Location"])
    assert address.startswith(f"{session.url}/challenge/")
    return address


def answer_with(address: str, word: str) -> requests.Response:
    return requests.post(address, data={"answer": word}, timeout=10, allow_redirects=False)


def charge_of(client: StripeClient, session: Session) -> stripe.Charge:
    paid = client.v1.checkout.sessions.retrieve(
        session.id, {"expand": ["payment_intent.latest_charge"]}
    )
    assert object_problems(paid) == []
    assert (paid.status, paid.payment_status) == ("complete", "paid")
    assert isinstance(paid.payment_intent, stripe.PaymentIntent)
    assert isinstance(paid.payment_intent.latest_charge, stripe.Charge)
    return paid.payment_intent.latest_charge


@pytest.mark.parametrize("number", [ASKS, "4000002500003155", "4000000000003220"])
def test_a_card_that_asks_pays_after_the_answer(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession, number: str
) -> None:
    session = new_session()
    address = challenged(session, number=number)
    assert is_untouched(client, session)
    page = requests.get(address, timeout=10)
    shown = Form(page.text)
    assert page.status_code == 200
    for words in ("₹499.00", number[-4:], "Complete", "Fail", "no money is charged"):
        assert words in shown.words
    assert shown.loaded == []
    assert is_untouched(client, session)
    done = answer_with(address, "complete")
    assert done.headers["Location"] == f"http://shop.test/thanks?session_id={session.id}"
    charge = charge_of(client, session)
    details: Any = charge.payment_method_details
    assert details.card.three_d_secure.result == "authenticated"
    assert (charge.billing_details.name, charge.billing_details.email) == (
        "Ann Shopper",
        "ann@example.com",
    )


def test_a_failed_answer_leads_back_to_the_form_and_takes_nothing(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    session = new_session()
    address = challenged(session)
    answer = answer_with(address, "fail")
    page = Form(answer.text)
    assert answer.status_code == 402
    assert REFUSED in page.words
    assert page.inputs["number"]["aria-invalid"] == "true"
    values = {
        name: page.inputs[name]["value"] for name in ("number", "expiry", "cvc", "name", "email")
    }
    assert values == {
        "number": "4000 0027 6000 3184", "expiry": "12 / 40", "cvc": "", "name": "Ann Shopper",
        "email": "ann@example.com",
    }  # fmt: skip
    assert was_declined(client, session)
    late = answer_with(address, "complete")
    assert late.headers["Location"] == f"/pay/{session.id}", "the challenge has ended"
    assert was_declined(client, session)
    assert sandbox.events("charge.succeeded") == []
    assert post(session).status_code == 303


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("4000008400001629", "Your card was declined."),
        ("4000008260003178", "Your card has insufficient funds."),
    ],
)
def test_a_card_may_be_declined_after_the_answer(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession, number: str, words: str
) -> None:
    session = new_session()
    answer = answer_with(challenged(session, number=number), "complete")
    assert answer.status_code == 402
    assert words in Form(answer.text).words
    assert was_declined(client, session)
    with pytest.raises(Declined, match=words):
        sandbox.pay(session.id, card=number)
    assert was_declined(client, session)
    assert sandbox.events("checkout.session.completed") == []


def test_an_answer_given_twice_pays_once(sandbox: Sandbox, new_session: NewSession) -> None:
    session = new_session()
    attempt = str(Form(get(session).text).inputs["attempt"]["value"])
    address = challenged(session, attempt=attempt)
    assert challenged(session, attempt=attempt) == address, "the same form is the same challenge"
    answers = [answer_with(address, "complete") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert (
        post(session, number=ASKS, attempt=attempt).headers["Location"]
        == answers[0].headers["Location"]
    )
    assert len(sandbox.events("charge.succeeded")) == 1


def test_a_newer_challenge_replaces_the_older(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    session = new_session()
    first = challenged(session, attempt="one")
    second = challenged(session, attempt="two", name="Bea Shopper")
    assert first != second
    for address in (first, f"{session.url}/challenge/none", f"{session.url}/elsewhere"):
        for answer in (
            answer_with(address, "complete"),
            requests.get(address, timeout=10, allow_redirects=False),
        ):
            assert (answer.status_code, answer.headers["Location"]) == (303, f"/pay/{session.id}")
    assert is_untouched(client, session)
    assert answer_with(second, "complete").status_code == 303
    assert charge_of(client, session).billing_details.name == "Bea Shopper"


def test_an_answer_that_is_none_asks_again(client: StripeClient, new_session: NewSession) -> None:
    session = new_session()
    address = challenged(session)
    for body in ({}, {"answer": "perhaps"}, {"answer": ""}):
        again = requests.post(address, data=body, timeout=10)
        assert again.status_code == 200
        assert "Is this payment yours?" in Form(again.text).words
    assert is_untouched(client, session)


def test_a_session_that_ends_meanwhile_takes_nothing(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    expired, paid, late = new_session(), new_session(), new_session()
    addresses = [challenged(one) for one in (expired, paid, late)]
    client.v1.checkout.sessions.expire(expired.id)
    sandbox.pay(paid.id)
    sandbox.advance(25 * 3600)
    for address, status in zip(addresses, (410, 409, 410), strict=True):
        for answer in (
            answer_with(address, "complete"),
            answer_with(address, "fail"),
            requests.get(address, timeout=10),
        ):
            assert answer.status_code == status
    assert len(sandbox.events("charge.succeeded")) == 1
    assert client.v1.checkout.sessions.retrieve(late.id).payment_status == "unpaid"


def test_paying_by_command_passes_the_challenge(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    session = new_session()
    sandbox.pay(session.id, card=ASKS)
    details: Any = charge_of(client, session).payment_method_details
    assert details.card.three_d_secure.authentication_flow == "challenge"


def test_a_challenge_outlives_a_restart_and_keeps_four_digits(tmp_path: Path) -> None:
    file = tmp_path / "state.sqlite3"
    with Sandbox(state=file, webhook_secret=SECRET) as first:
        client, port = client_of(first), first.port
        line: Any = {"price": price_of(client, 49900), "quantity": 1}
        asked: Any = {"mode": "payment", "line_items": [line], "success_url": "http://shop.test/"}
        session = client.v1.checkout.sessions.create(asked)
        address = challenged(session)
    with sqlite3.connect(file) as database:
        dump = "\n".join(database.iterdump())
    database.close()
    assert ASKS not in dump
    with Sandbox(state=file, port=port, webhook_secret=SECRET) as second:
        assert answer_with(address, "complete").headers["Location"] == "http://shop.test/"
        assert charge_of(client_of(second), session).paid


@pytest.mark.parametrize("number", ["4100000000000019", "4000000000004954"])
def test_a_blocked_card_is_declined(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession, number: str
) -> None:
    session = new_session()
    answer = post(session, number=number)
    assert answer.status_code == 402
    assert "Your card was declined." in Form(answer.text).words
    assert was_declined(client, session)
    assert sandbox.events("charge.succeeded") == []


@pytest.mark.parametrize(
    ("number", "risk"),
    [
        ("4000000000009235", "elevated"),
        ("4000000000005423", "normal"),
        ("4000000000007726", "normal"),
        ("4000000000005126", "normal"),
    ],
)
def test_cards_with_a_later_dispute_pay(
    client: StripeClient, new_session: NewSession, number: str, risk: str
) -> None:
    session = new_session()
    assert post(session, number=number).status_code == 303
    charge = charge_of(client, session)
    assert charge.outcome is not None and charge.outcome.risk_level == risk
    assert charge.disputed is False
