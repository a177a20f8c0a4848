"""Signatures and events: what is proven, what is not, and no other errors than our two for
anything else.
"""

import hashlib
import hmac
import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stripe_gateway.errors import InvalidEvent, InvalidSignature
from stripe_gateway.events import parse_event, verify
from stripe_gateway.policy import SIGNATURE_TOLERANCE

NEW = "whsec_new"
SECRETS = [NEW, "whsec_old"]
EVENT: dict[str, Any] = {
    "id": "evt_1",
    "object": "event",
    "type": "checkout.session.completed",
    "api_version": "2026-10-28.endive",
    "livemode": False,
    "data": {"object": {"id": "cs_test_1"}},
}
BODY = json.dumps(EVENT).encode()


def signed(body: bytes, secret: str = NEW, age: int = 0, scheme: str = "v1") -> str:
    at = int(time.time()) - age
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},{scheme}={digest}"


@pytest.mark.parametrize("secret", SECRETS)
def test_each_secret_signs_while_one_is_being_rolled(secret: str) -> None:
    assert verify(BODY, signed(BODY, secret), SECRETS) == BODY.decode()


def test_one_good_signature_among_several_is_enough() -> None:
    wrong = signed(BODY, "whsec_other").split(",")[1]
    assert verify(BODY, f"{signed(BODY)},{wrong}", SECRETS)
    at, right = signed(BODY).split(",")
    assert verify(BODY, f"{at},{wrong},{right}", SECRETS)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=1",
        "v1=abc",
        "t=,v1=",
        "t=abc,v1=abc",
        "t=1e9,v1=abc",
        "nonsense",
        ",,,",
        "=",
        "t=1,v1=é",
        "t=99999999999999999999999,v1=ab",
        pytest.param(signed(BODY, "whsec_other"), id="another secret"),
        pytest.param(signed(BODY, age=SIGNATURE_TOLERANCE + 5), id="too old"),
        pytest.param(signed(BODY, scheme="v0"), id="another scheme"),
        pytest.param(signed(BODY + b" "), id="another body"),
        "t=" + "1" * 10_000 + ",v1=" + "a" * 10_000,
    ],
)
def test_what_does_not_prove_it_is_refused(header: str) -> None:
    with pytest.raises(InvalidSignature):
        verify(BODY, header, SECRETS)


@given(header=st.text(max_size=80), body=st.binary(max_size=40))
def test_no_header_and_body_of_strangers_raises_anything_else(header: str, body: bytes) -> None:
    with pytest.raises(InvalidSignature):
        verify(body, header, SECRETS)


@given(
    at=st.text(alphabet="0123456789-+. _", max_size=24),
    proof=st.text(alphabet="0123456789abcdef", max_size=70),
)
def test_no_header_of_the_right_form_raises_anything_else(at: str, proof: str) -> None:
    with pytest.raises(InvalidSignature):
        verify(BODY, f"t={at},v1={proof}", SECRETS)


def test_without_a_secret_nothing_is_verified() -> None:
    with pytest.raises(InvalidSignature):
        verify(BODY, signed(BODY, ""), [])


def test_a_signed_body_that_is_not_utf_8_is_refused() -> None:
    with pytest.raises(InvalidSignature):
        verify(b"\xff", signed(b"\xff"), SECRETS)


def test_a_signature_stays_good_for_the_tolerance() -> None:
    assert verify(BODY, signed(BODY, age=SIGNATURE_TOLERANCE - 10), SECRETS)


def test_an_event_is_read() -> None:
    event = parse_event(BODY.decode())
    assert (event.id, event.type, event.livemode, event.account) == (
        "evt_1",
        "checkout.session.completed",
        False,
        "",
    )
    assert event.data.object == {"id": "cs_test_1"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "5",
        "null",
        '"event"',
        "{}",
        "{",
        json.dumps({**EVENT, "object": "v2.core.event"}),
        json.dumps({**EVENT, "id": None}),
        json.dumps({**EVENT, "type": 5}),
        json.dumps({**EVENT, "livemode": "yes"}),
        json.dumps({**EVENT, "data": []}),
        json.dumps({**EVENT, "data": {"object": "cs_test_1"}}),
        "[" * 100_000,
        '{"object": "event", "id": ' + "9" * 5000 + "}",
    ],
)
def test_an_invalid_event_is_refused(text: str) -> None:
    with pytest.raises(InvalidEvent):
        parse_event(text)
