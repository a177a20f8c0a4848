"""Read fields of Stripe's JSON with their types.

A field that is not what Stripe promises raises UnexpectedAnswer.
"""

from collections.abc import Mapping
from typing import Any

from stripe_gateway.errors import UnexpectedAnswer
from text import storable

Json = Mapping[str, Any]

# Ids, names and e-mails are stored in 255 characters; no id of Stripe's is longer
# (docs.stripe.com/upgrades).
LONGEST = 255
LONGEST_ADDRESS = 100_000
LARGEST = 2**63 - 1
LATEST = 253_402_300_799  # the last second that Python's datetime knows


def text(data: Json, key: str) -> str:
    """A string that must be there, cleaned and cut to 255 characters."""
    value = data.get(key)
    if not isinstance(value, str):
        raise UnexpectedAnswer(f"{key} should be a string, not {_shown(value)}.")
    return storable(value, LONGEST)


def optional_text(data: Json, key: str) -> str:
    """A string that may be null or missing: empty then."""
    return text(data, key) if data.get(key) is not None else ""


def address(data: Json, key: str) -> str:
    """A URL, empty when null or missing.

    It is not truncated to 255 characters: a shorter address leads nowhere.
    """
    value = data.get(key)
    if value is not None and not isinstance(value, str):
        raise UnexpectedAnswer(f"{key} should be an address, not {_shown(value)}.")
    return storable(value or "", LONGEST_ADDRESS)


def integer(data: Json, key: str) -> int:
    """A whole number that must be there and fit a big integer."""
    value = data.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > LARGEST:
        raise UnexpectedAnswer(f"{key} should be a whole number, not {_shown(value)}.")
    return value


def optional_integer(data: Json, key: str) -> int:
    """A whole number that may be null or missing: 0 then."""
    return integer(data, key) if data.get(key) is not None else 0


def timestamp(data: Json, key: str) -> int:
    """A Unix time in seconds that must be there and name a moment before the year 10000."""
    value = integer(data, key)
    if not 0 <= value <= LATEST:
        raise UnexpectedAnswer(f"{key} should be a time, not {_shown(value)}.")
    return value


def flag(data: Json, key: str) -> bool:
    """A boolean that must be there."""
    value = data.get(key)
    if not isinstance(value, bool):
        raise UnexpectedAnswer(f"{key} should be true or false, not {_shown(value)}.")
    return value


def mapping(data: Json, key: str) -> Json:
    """A nested object; empty when null or missing."""
    value = data.get(key)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise UnexpectedAnswer(f"{key} should be an object, not {_shown(value)}.")
    return value


def reference(data: Json, key: str) -> str:
    """The id of an object that may come expanded; empty when null."""
    value = data.get(key)
    return text(value, "id") if isinstance(value, Mapping) else optional_text(data, key)


def strings(data: Json, key: str) -> dict[str, str]:
    """A metadata object: those entries that are strings, cleaned."""
    return {
        storable(name, LONGEST): storable(value, LONGEST)
        for name, value in mapping(data, key).items()
        if isinstance(value, str)
    }


def _shown(value: object) -> str:
    return ascii(value)[:60]
