"""Stripe's JSON read field by field: absurd values give UnexpectedAnswer, and nothing that
PostgreSQL cannot hold.
"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stripe_gateway import reading
from stripe_gateway.errors import UnexpectedAnswer
from stripe_gateway.sessions import Session, read_session

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=8), children, max_size=3)
    ),
    max_leaves=8,
)
SESSION: dict[str, Any] = {
    "id": "cs_test_1",
    "object": "checkout.session",
    "status": "complete",
    "payment_status": "paid",
    "mode": "payment",
    "livemode": False,
    "currency": "inr",
    "amount_subtotal": 299800,
    "amount_total": 299800,
    "total_details": {"amount_discount": 0, "amount_shipping": None, "amount_tax": 0},
    "payment_intent": {"id": "pi_1", "object": "payment_intent"},
    "customer_details": {"email": "shopper@example.com", "name": None},
    "url": None,
    "created": 1700000000,
    "metadata": {"checkout": "1"},
}
NUMBERS = ("amount_subtotal", "amount_total", "created")


def storable(session: Session) -> bool:
    texts = [value for value in vars(session).values() if isinstance(value, str)]
    texts += [part for pair in session.metadata.items() for part in pair]
    numbers = [value for value in vars(session).values() if isinstance(value, int)]
    fits = all(len(text) <= 255 or text == session.url for text in texts) and all(
        abs(n) < 2**63 for n in numbers
    )
    return fits and not any(
        char == "\0" or "\ud800" <= char <= "\udfff" for text in texts for char in text
    )


def test_a_session_is_read() -> None:
    session = read_session(SESSION)
    assert session.is_paid and session.payment_intent == "pi_1" and session.total == 299800
    assert (session.name, session.url, session.shipping, session.line_items) == ("", "", 0, None)


@given(key=st.sampled_from(sorted(SESSION)), value=JSON)
def test_one_absurd_field_is_read_or_refused_and_never_breaks(key: str, value: Any) -> None:
    try:
        session = read_session({**SESSION, key: value})
    except UnexpectedAnswer:
        return
    assert storable(session)


@given(data=st.dictionaries(st.sampled_from(sorted(SESSION)), JSON))
def test_an_absurd_object_is_read_or_refused_and_never_breaks(data: dict[str, Any]) -> None:
    try:
        session = read_session(data)
    except UnexpectedAnswer:
        return
    assert storable(session)


@pytest.mark.parametrize("key", NUMBERS)
@pytest.mark.parametrize("value", ["5", 5.0, True, 2**63, -(2**63), [], {}, float("nan")])
def test_what_is_no_whole_number_that_fits_is_refused(key: str, value: object) -> None:
    with pytest.raises(UnexpectedAnswer, match=key):
        read_session({**SESSION, key: value})


@pytest.mark.parametrize("key", ["id", "payment_status", "mode", "livemode", "created"])
def test_what_must_be_there_must_be_there(key: str) -> None:
    for data in ({k: v for k, v in SESSION.items() if k != key}, {**SESSION, key: None}):
        with pytest.raises(UnexpectedAnswer, match=key):
            read_session(data)


@pytest.mark.parametrize("value", [5, True, ["https://a"], {"href": "https://a"}])
def test_an_address_that_is_none_is_refused(value: object) -> None:
    with pytest.raises(UnexpectedAnswer, match="url"):
        read_session({**SESSION, "url": value})


def test_text_is_cleaned_and_cut_and_an_address_is_not_cut() -> None:
    data = {"name": "a\0b\ud83d" + "c" * 300, "url": "https://pay.example/" + "x" * 3000}
    assert reading.text(data, "name") == "ab" + "c" * 252 + "…"
    assert reading.address(data, "url") == data["url"]


def test_metadata_keeps_strings_only() -> None:
    assert reading.strings(
        {"metadata": {"a": "b", "c": 5, "d": None, "e\0": "f\0"}}, "metadata"
    ) == {
        "a": "b",
        "e": "f",
    }
    assert reading.strings({"metadata": None}, "metadata") == {}


def test_the_value_in_a_refusal_is_shown_short_and_in_ascii() -> None:
    with pytest.raises(UnexpectedAnswer) as refusal:
        reading.integer({"amount": "é" * 1000}, "amount")
    assert str(refusal.value).isascii() and len(str(refusal.value)) < 120
