"""Signed webhook events. Source: docs.stripe.com/webhooks and docs.stripe.com/api/events."""

import json
from collections.abc import Iterable
from typing import Annotated, Any, Literal

import stripe
from pydantic import Field, InstanceOf, StringConstraints

from stripe_gateway.errors import InvalidEvent, InvalidSignature, UnexpectedAnswer
from stripe_gateway.parsing import Flag, StripeModel, Text, parse
from stripe_gateway.policy import SIGNATURE_TOLERANCE


class EventData(StripeModel):
    """What an event is about: a snapshot of one object, as plain JSON in the event's version."""

    object: InstanceOf[dict[str, Any]] = Field(default_factory=dict)


class Event(StripeModel):
    """One event. `account` is empty unless Stripe names one."""

    object: Literal["event"]
    id: Annotated[Text, StringConstraints(min_length=1)]
    type: Text
    account: Text = ""
    api_version: Text = ""
    livemode: Flag
    data: EventData = EventData()


def verify(body: bytes, header: str, secrets: Iterable[str]) -> str:
    """Return the signed text. Raises InvalidSignature unless one of the secrets signed it within
    the tolerance.

    Only the header is checked. The library's `construct_event` also builds a tree of objects, which
    takes many times as long (bench/event_reading.py), and we parse plain JSON.
    """
    # The library compares with hmac.compare_digest, which raises TypeError for other characters.
    if not header.isascii():
        raise InvalidSignature("The signature header contains characters other than ASCII.")
    refusal: Exception = InvalidSignature("No webhook secret is set.")
    for secret in secrets:
        try:
            stripe.WebhookSignature.verify_header(body, header, secret, SIGNATURE_TOLERANCE)
            return body.decode()
        except (stripe.SignatureVerificationError, UnicodeDecodeError) as error:
            refusal = error
    raise InvalidSignature(str(refusal)) from refusal


def parse_event(signed_text: str) -> Event:
    """Parse a text that was verified. Raises InvalidEvent for anything but a snapshot event."""
    try:
        return parse(Event, json.loads(signed_text))
    except (ValueError, RecursionError, UnexpectedAnswer) as error:
        raise InvalidEvent(str(error)) from error
