"""The payment page as a shopper sees it: what it shows, accepts, refuses and never stores."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from stripe import StripeClient

from payment_page_form import Form, get, is_untouched, post, was_declined
from sandbox_testing import SECRET, Endpoint, NewSession, client_of, price_of
from stripe_sandbox import Sandbox


def test_the_page_shows_what_is_bought_and_that_it_is_only_a_test(
    client: StripeClient, new_session: NewSession
) -> None:
    lamp, throw = (
        price_of(client, 12345600, name="Lamp <b>&amp;"),
        price_of(client, 349950, name="Throw"),
    )
    lines = [{"price": lamp, "quantity": 2}, {"price": throw, "quantity": 1}]
    session = new_session(line_items=lines, customer_email="ann@example.com")
    answer = get(session)
    page = Form(answer.text)
    assert answer.status_code == 200
    for words in (
        "Test payment page: no money is charged.",
        "Lamp <b>&amp;",
        "₹2,46,912.00",
        "2 × ₹1,23,456.00",
        "Throw",
    ):
        assert words in page.words
    assert "Pay ₹2,50,411.50" in page.words
    assert "stripe" not in answer.text.lower().replace("at stripe, not here", ""), (
        "it does not pass for Stripe"
    )
    assert page.inputs["email"]["value"] == "ann@example.com"
    assert page.links == ["http://shop.test/cancelled"]


def test_the_page_works_without_javascript_and_loads_nothing(new_session: NewSession) -> None:
    answer = get(new_session())
    page = Form(answer.text)
    assert page.loaded == []
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    fields = {
        "number": "cc-number",
        "expiry": "cc-exp",
        "cvc": "cc-csc",
        "name": "cc-name",
        "email": "email",
    }
    assert {name: page.inputs[name]["autocomplete"] for name in fields} == fields
    assert set(page.labels) == set(fields)


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        (1234, "jpy", "¥1,234"),
        (123456, "usd", "$1,234.56"),
        (5120, "kwd", "KWD 5.120"),
        (99_999_999, "inr", "₹9,99,999.99"),
    ],
)
def test_amounts_are_written_as_the_currency_is(
    client: StripeClient, new_session: NewSession, amount: int, currency: str, shown: str
) -> None:
    assert f"Pay {shown}" in Form(get(new_session(price_of(client, amount, currency))).text).words


@pytest.mark.parametrize(
    "number",
    [
        "4242424242424242",
        "4242-4242-4242-4242",
        " 5555 5555 5555 4444 ",
        "3782 822463 10005",
        "4000003560000008",
    ],
)
def test_paying_redirects_to_the_shop_with_the_sessions_id(
    client: StripeClient, new_session: NewSession, number: str
) -> None:
    session = new_session()
    answer = post(session, number=number, expiry="1240")
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"http://shop.test/thanks?session_id={session.id}"
    paid = client.v1.checkout.sessions.retrieve(session.id)
    assert (paid.status, paid.payment_status) == ("complete", "paid")
    assert paid.customer_details is not None
    assert (paid.customer_details.email, paid.customer_details.name) == (
        "ann@example.com",
        "Ann Shopper",
    )


@pytest.mark.parametrize(
    ("number", "field", "words"),
    [
        ("4000000000000002", "number", "Your card was declined."),
        ("4000000000009995", "number", "Your card has insufficient funds."),
        ("4000000000009987", "number", "Your card was declined."),
        ("4000000000009979", "number", "Your card was declined."),
        ("4000000000000069", "expiry", "Your card has expired."),
        ("4000000000000127", "cvc", "Your card's security code is incorrect."),
        ("4000000000000119", "number", "An error occurred while processing your card."),
        ("4000000000006975", "number", "too many attempts"),
    ],
)
def test_a_declined_card_says_why_keeps_what_was_typed_and_charges_nothing(
    sandbox: Sandbox,
    client: StripeClient,
    new_session: NewSession,
    number: str,
    field: str,
    words: str,
) -> None:
    session = new_session()
    answer = post(session, number=number)
    page = Form(answer.text)
    assert answer.status_code == 402
    assert words in page.words
    assert page.inputs[field]["aria-invalid"] == "true"
    assert page.inputs[field]["aria-describedby"] == f"{field}-error"
    assert (page.inputs["number"]["value"], page.inputs["name"]["value"]) == (number, "Ann Shopper")
    assert was_declined(client, session)
    assert sandbox.events("charge.succeeded") == []
    assert post(session).status_code == 303, "the next card pays"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("number", "", "Enter a card number."),
        ("number", "4242424242424241", "Your card number is incorrect."),
        ("number", "abcd", "Your card number is incorrect."),
        ("number", "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢", "Your card number is incorrect."),
        ("number", "4111111111111111", "test cards only"),
        ("expiry", "13/40", "Enter the month and the year"),
        ("expiry", "soon", "Enter the month and the year"),
        ("expiry", "01/20", "in the past"),
        ("cvc", "12", "3 or 4 digits"),
        ("cvc", "abc", "3 or 4 digits"),
        ("name", "", "Enter the name"),
        ("name", "x" * 201, "too long"),
        ("email", "ann", "Enter an email address"),
        ("email", "", "Enter an email address"),
    ],
)
def test_a_wrong_field_gets_a_message_beside_it_and_nothing_is_charged(
    client: StripeClient, new_session: NewSession, field: str, value: str, words: str
) -> None:
    session = new_session()
    answer = post(session, **{field: value})
    page = Form(answer.text)
    assert answer.status_code == 402
    assert words in page.words
    assert [name for name, found in page.inputs.items() if "aria-invalid" in found] == [field]
    assert is_untouched(client, session)


def test_an_unknown_card_expands_the_list_of_those_that_work(new_session: NewSession) -> None:
    session = new_session()
    assert "<details>" in get(session).text
    answer = post(session, number="4111111111111111")
    assert "<details open>" in answer.text
    assert "4000 0000 0000 9995" in answer.text


def test_what_was_typed_is_shown_as_text_never_as_markup(new_session: NewSession) -> None:
    answer = post(new_session(), name='"><script>alert(1)</script>', cvc="1")
    assert "<script>" not in answer.text
    assert Form(answer.text).inputs["name"]["value"] == '"><script>alert(1)</script>'


def test_the_same_form_sent_twice_pays_once_and_both_arrive_at_the_shop(
    sandbox: Sandbox, new_session: NewSession, endpoint: Endpoint
) -> None:
    session = new_session()
    attempt = str(Form(get(session).text).inputs["attempt"]["value"])
    answers: list[requests.Response] = []
    threads = [
        threading.Thread(target=lambda: answers.append(post(session, attempt=attempt)))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert [answer.status_code for answer in answers] == [303] * 6
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert (
        len(sandbox.events("charge.succeeded"))
        == len(sandbox.events("checkout.session.completed"))
        == 1
    )


def test_a_paid_session_says_so_and_leads_back_to_the_shop(
    sandbox: Sandbox, new_session: NewSession
) -> None:
    session = new_session()
    sandbox.pay(session.id)
    for answer, status in (
        (get(session), 200),
        (post(session), 409),
        (post(session, attempt="other"), 409),
    ):
        page = Form(answer.text)
        assert answer.status_code == status
        assert "Already paid" in page.words
        assert page.links == [f"http://shop.test/thanks?session_id={session.id}"]
    assert len(sandbox.events("charge.succeeded")) == 1


def test_an_expired_session_says_so_and_takes_nothing(
    sandbox: Sandbox, new_session: NewSession
) -> None:
    session = new_session()
    sandbox.expire(session.id)
    for answer in (get(session), post(session)):
        assert answer.status_code == 410
        assert "expired" in Form(answer.text).words
        assert Form(answer.text).links == ["http://shop.test/cancelled"]
    assert sandbox.events("charge.succeeded") == []


def test_a_session_without_a_cancel_address_has_no_way_back(client: StripeClient) -> None:
    line: Any = {"price": price_of(client, 49900), "quantity": 1}
    session = client.v1.checkout.sessions.create(
        {"mode": "payment", "line_items": [line], "success_url": "http://shop.test/"}
    )
    assert Form(get(session).text).links == []


def test_an_order_without_a_cost_asks_for_no_card(
    client: StripeClient, new_session: NewSession
) -> None:
    session = new_session(price_of(client, 0))
    page = Form(get(session).text)
    assert set(page.inputs) == {"attempt", "email"}
    assert requests.post(str(session.url), data={"email": "x"}, timeout=10).status_code == 402
    answer = requests.post(
        str(session.url), data={"email": "a@b.co"}, timeout=10, allow_redirects=False
    )
    assert answer.status_code == 303
    done = client.v1.checkout.sessions.retrieve(session.id)
    assert (done.status, done.payment_status, done.payment_intent) == (
        "complete",
        "no_payment_required",
        None,
    )


@pytest.mark.parametrize(
    "body", [b"", b"%FF%FE=%00", b"number", b"&".join([b"a=1"] * 200), b"name=%ED%A0%80"]
)
def test_a_form_that_makes_no_sense_is_shown_again(
    client: StripeClient, new_session: NewSession, body: bytes
) -> None:
    session = new_session()
    assert requests.post(str(session.url), data=body, timeout=10).status_code == 402
    assert is_untouched(client, session)


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[tuple[Sandbox, Path]]:
    file = tmp_path / "state.sqlite3"
    with Sandbox(state=file, webhook_secret=SECRET) as sandbox:
        yield sandbox, file


def test_of_a_card_number_only_the_last_four_digits_are_kept(kept: tuple[Sandbox, Path]) -> None:
    sandbox, file = kept
    client = client_of(sandbox)
    line: Any = {"price": price_of(client, 49900), "quantity": 1}
    session = client.v1.checkout.sessions.create(
        {"mode": "payment", "line_items": [line], "success_url": "http://shop.test/"}
    )
    assert post(session, number="4000000000000002").status_code == 402
    assert post(session, number="4000003560000008").status_code == 303
    with sqlite3.connect(file) as database:
        dump = "\n".join(database.iterdump())
    database.close()
    assert '"last4": "0008"' in dump
    assert "4000003560000008" not in dump
    assert "4000000000000002" not in dump
    assert "4000003560000008" not in repr(sandbox.requests)
