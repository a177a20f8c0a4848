"""Absurd values in Stripe's JSON give UnexpectedAnswer, never another error, and whatever is parsed
can be stored.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stripe_gateway.catalogue import Price, Product
from stripe_gateway.errors import UnexpectedAnswer
from stripe_gateway.parsing import parse
from stripe_gateway.sessions import LineItem, Session, parse_session

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


def values_in(value: object) -> Iterator[object]:
    """Every text and number in a parsed object."""
    if isinstance(value, dict):
        for pair in value.items():
            yield from (found for part in pair for found in values_in(part))
    elif isinstance(value, (list, tuple)):
        yield from (found for part in value for found in values_in(part))
    else:
        yield value


def is_storable(session: Session) -> bool:
    values = list(values_in(session.model_dump()))
    texts = [value for value in values if isinstance(value, str)]
    fits = all(len(text) <= 255 or text == session.url for text in texts) and all(
        abs(number) < 2**63 for number in values if isinstance(number, int)
    )
    return fits and not any(
        char == "\0" or "\ud800" <= char <= "\udfff" for text in texts for char in text
    )


def test_a_session_is_parsed() -> None:
    session = parse_session(SESSION)
    assert session.is_paid and session.payment_intent == "pi_1" and session.total == 299800
    assert (session.name, session.url, session.shipping, session.line_items) == ("", "", 0, None)


@given(key=st.sampled_from(sorted(SESSION)), value=JSON)
def test_one_absurd_field_is_parsed_or_refused(key: str, value: Any) -> None:
    try:
        session = parse_session({**SESSION, key: value})
    except UnexpectedAnswer:
        return
    assert is_storable(session)


@given(data=st.dictionaries(st.sampled_from(sorted(SESSION)), JSON))
def test_an_absurd_object_is_parsed_or_refused(data: dict[str, Any]) -> None:
    try:
        session = parse_session(data)
    except UnexpectedAnswer:
        return
    assert is_storable(session)


@pytest.mark.parametrize("key", NUMBERS)
@pytest.mark.parametrize("value", ["5", 5.0, True, 2**63, -(2**63), [], {}, float("nan")])
def test_an_invalid_whole_number_is_refused(key: str, value: object) -> None:
    with pytest.raises(UnexpectedAnswer, match=key):
        parse_session({**SESSION, key: value})


@pytest.mark.parametrize("key", ["id", "payment_status", "mode", "livemode", "created"])
def test_what_must_be_there_must_be_there(key: str) -> None:
    for data in ({k: v for k, v in SESSION.items() if k != key}, {**SESSION, key: None}):
        with pytest.raises(UnexpectedAnswer, match=key):
            parse_session(data)


@pytest.mark.parametrize("value", [5, True, ["https://a"], {"href": "https://a"}])
def test_an_address_that_is_none_is_refused(value: object) -> None:
    with pytest.raises(UnexpectedAnswer, match="url"):
        parse_session({**SESSION, "url": value})


def test_text_is_cleaned_and_truncated_and_an_address_is_not_truncated() -> None:
    name, url = "a\0b\ud83d" + "c" * 300, "https://pay.example/" + "x" * 3000
    session = parse_session({**SESSION, "customer_details": {"name": name}, "url": url})
    assert session.name == "ab" + "c" * 252 + "…"
    assert session.url == url


def test_metadata_keeps_texts_only() -> None:
    metadata = {"a": "b", "c": 5, "d": None, "e\0": "f\0", "g\ud800": "h"}
    assert parse_session({**SESSION, "metadata": metadata}).metadata == {
        "a": "b",
        "e": "f",
        "g": "h",
    }
    assert parse_session({**SESSION, "metadata": None}).metadata == {}


@pytest.mark.parametrize("key", ["total_details", "customer_details", "metadata", "payment_intent"])
@pytest.mark.parametrize("value", [[], True, 7, ["id"]])
def test_what_is_not_an_object_is_refused(key: str, value: object) -> None:
    with pytest.raises(UnexpectedAnswer, match=key):
        parse_session({**SESSION, key: value})


@pytest.mark.parametrize(
    ("intent", "expected"),
    [
        (None, ("", "")),
        ("pi_1", ("pi_1", "")),
        ({"id": "pi_1", "status": "canceled"}, ("pi_1", "canceled")),
        ({"id": "pi_1", "status": None}, ("pi_1", "")),
    ],
)
def test_a_payment_intent_is_an_id_or_an_object(intent: object, expected: tuple[str, str]) -> None:
    session = parse_session({**SESSION, "payment_intent": intent})
    assert (session.payment_intent, session.intent_status) == expected


def test_a_session_cannot_be_changed() -> None:
    session = parse_session(SESSION)
    with pytest.raises(ValueError, match="frozen"):
        session.total = 1
    assert session.total == 299800


def test_the_lines_in_a_session_are_ignored_because_they_are_the_first_ten_only() -> None:
    assert parse_session({**SESSION, "line_items": {"data": [{}]}}).line_items is None


def test_a_line_names_the_product_by_its_id_or_as_an_object() -> None:
    price = {"unit_amount": 500, "product": {"id": "prod_1", "object": "product"}}
    line = parse(LineItem, {"description": "Lamp", "quantity": None, "price": price})
    assert (line.name, line.quantity, line.unit_amount, line.product_id) == (
        "Lamp",
        1,
        500,
        "prod_1",
    )
    assert parse(LineItem, {"price": {**price, "product": "prod_2"}}).product_id == "prod_2"
    assert parse(LineItem, {"quantity": 0}).quantity == 1


@pytest.mark.parametrize(
    ("model", "data", "field"),
    [
        (Product, {"name": "Lamp"}, "active"),
        (Product, {"name": 5, "active": True}, "name"),
        (Product, {"name": "Lamp", "active": "yes"}, "active"),
        (Product, {"name": "Lamp", "active": 1}, "active"),
        (Product, {"name": "Lamp", "active": True, "images": "https://a"}, "images"),
        (Product, {"name": "Lamp", "active": True, "images": [5]}, "images"),
        (Product, {"name": "Lamp", "active": True, "default_price": {"id": 5}}, "default_price"),
        (Price, {"id": "price_1", "currency": "inr", "active": True, "unit_amount": "5"}, "unit"),
        (Price, {"id": "price_1", "currency": None, "active": True}, "currency"),
        (Price, [], "Price"),
        (Price, None, "Price"),
    ],
)
def test_a_product_or_price_that_is_not_one_is_refused(
    model: type[Product], data: object, field: str
) -> None:
    with pytest.raises(UnexpectedAnswer, match=field):
        parse(model, data)


def test_a_refusal_names_the_field_but_not_the_value_which_may_be_personal() -> None:
    with pytest.raises(UnexpectedAnswer) as refusal:
        parse_session({**SESSION, "customer_details": "ann@example.com"})
    assert "Session.customer_details" in str(refusal.value) and len(str(refusal.value)) < 200
    assert "ann@" not in f"{refusal.value!r} {refusal.value.__cause__}"
