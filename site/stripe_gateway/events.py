"""Signed webhook events. Source: docs.stripe.com/webhooks."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import stripe

from stripe_gateway.errors import InvalidEvent, InvalidSignature, UnexpectedAnswer
from stripe_gateway.reading import Json, flag, mapping, optional_text, text

TOLERANCE = 300  # seconds a signature stays good; each delivery is signed anew


@dataclass(frozen=True, kw_only=True)
class Event:
    """One event. `data` is the object it tells of, as JSON in `api_version`."""

    id: str
    type: str
    account: str
    api_version: str
    livemode: bool
    data: Json


def verify(body: bytes, header: str, secrets: Iterable[str]) -> str:
    """Return the signed text. Raises InvalidSignature unless one of the secrets signed it within
    the tolerance.

    Only the header is checked: building the library's object tree costs twenty times that
    (bench/event_reading.py), and we read plain JSON.
    """
    if (
        not header.isascii()
    ):  # the library compares with hmac.compare_digest, which takes ASCII only
        raise InvalidSignature("The signature header holds other characters than ASCII.")
    refusal: Exception = InvalidSignature("No webhook secret is set.")
    for secret in secrets:
        try:
            stripe.WebhookSignature.verify_header(body, header, secret, TOLERANCE)
            return body.decode()
        except (stripe.SignatureVerificationError, UnicodeDecodeError) as error:
            refusal = error
    raise InvalidSignature(str(refusal)) from refusal


def read_event(signed_text: str) -> Event:
    """Read an event from text that was verified.

    Raises InvalidEvent for anything that is not a snapshot event.
    """
    try:
        data: Any = json.loads(signed_text)
        if not isinstance(data, dict) or data.get("object") != "event":
            raise InvalidEvent("The body is no event.")
        if not text(data, "id"):
            raise InvalidEvent("The event has no id.")
        return Event(
            id=text(data, "id"),
            type=text(data, "type"),
            account=optional_text(data, "account"),
            api_version=optional_text(data, "api_version"),
            livemode=flag(data, "livemode"),
            data=mapping(mapping(data, "data"), "object"),
        )
    except (ValueError, RecursionError, UnexpectedAnswer) as error:
        raise InvalidEvent(str(error)) from error
