"""The parameters of endpoints as data: readers that turn strings into checked values.

A reader takes the decoded value and the parameter's full name, and raises InvalidParameter.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from stripe_sandbox import currencies
from stripe_sandbox.errors import (
    InvalidParameter,
    NotBuilt,
    invalid,
    missing_parameter,
    not_built,
    unknown_parameter,
)

Reader = Callable[[Any, str], Any]

EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+")
INTEGER = re.compile(r"-?[0-9]{1,15}")
DECIMAL = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12})?")
METADATA_KEYS, METADATA_KEY_LENGTH, METADATA_VALUE_LENGTH = 50, 40, 500


def inside(path: str, name: str) -> str:
    """The full name of a parameter below another: ``line_items[0]``."""
    return f"{path}[{name}]" if path else name


def text(limit: int = 5000, *, clearable: bool = False) -> Reader:
    """A string up to ``limit`` characters; an empty one is refused, or None when the field can be
    cleared.
    """

    def read(value: Any, path: str) -> str | None:
        if not isinstance(value, str):
            raise invalid(f"Invalid string: {path}", path)
        if not value and not clearable:
            raise _empty(path)
        if len(value) > limit:
            raise invalid(f"Invalid string: must be at most {limit} characters", path)
        return value or None

    return read


def integer(low: int = 0, high: int = 999_999_999_999) -> Reader:
    """A whole number between two bounds, both included."""

    def read(value: Any, path: str) -> int:
        if not isinstance(value, str) or not INTEGER.fullmatch(value):
            raise invalid(f"Invalid integer: {value}", path, "parameter_invalid_integer")
        number = int(value)
        if number < low:
            raise invalid(
                f"This value must be greater than or equal to {low}.",
                path,
                "parameter_invalid_integer",
            )
        if number > high:
            raise invalid(
                f"This value must be less than or equal to {high}.",
                path,
                "parameter_invalid_integer",
            )
        return number

    return read


def flag(value: Any, path: str) -> bool:
    """``true`` or ``false``."""
    if value not in ("true", "false"):
        raise invalid(f"Invalid boolean: {value}", path)
    return bool(value == "true")


def decimal(value: Any, path: str) -> Decimal:
    """A decimal string, at most 12 places."""
    if not isinstance(value, str) or not DECIMAL.fullmatch(value):
        raise invalid(f"Invalid decimal: {value}", path)
    return Decimal(value)


def currency(value: Any, path: str) -> str:
    """A three-letter code; capitals are accepted as Stripe accepts them."""
    code = value.lower() if isinstance(value, str) else ""
    if code not in currencies.SUPPORTED:
        known = ", ".join(currencies.SUPPORTED)
        raise invalid(
            f"Invalid currency: {value}. Stripe currently supports these currencies: {known}", path
        )
    return code


def choice(*allowed: str) -> Reader:
    """One of a few words."""

    def read(value: Any, path: str) -> str:
        if value not in allowed:
            raise invalid(f"Invalid {path}: must be one of {', '.join(allowed)}", path)
        return str(value)

    return read


def only(supported: str, *others: str) -> Reader:
    """A word of which the sandbox supports one value; Stripe's other values are refused by name."""

    def read(value: Any, path: str) -> str:
        if value in others:
            raise not_built(f"{path}={value}", path)
        return str(choice(supported, *others)(value, path))

    return read


def url(value: Any, path: str) -> str:
    """An absolute http or https address; it may contain ``{CHECKOUT_SESSION_ID}``."""
    try:
        parts = urlsplit(value) if isinstance(value, str) else None
        valid = parts is not None and parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        valid = False
    if not valid or len(value) > 5000 or re.search(r"[\s\x00-\x1f]", value):
        raise invalid("Not a valid URL", path, "url_invalid")
    return str(value)


def email(value: Any, path: str) -> str:
    """An email address, loosely checked."""
    if not is_email(value):
        raise invalid(f"Invalid email address: {value}", path, "email_invalid")
    return str(value)


def is_email(value: Any) -> bool:
    """Whether a value looks like an email address."""
    return isinstance(value, str) and len(value) <= 512 and EMAIL.fullmatch(value) is not None


def group(fields: Mapping[str, Reader], required: tuple[str, ...] = ()) -> Reader:
    """A nested object: unknown names and missing required ones are refused."""

    def read(value: Any, path: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise invalid("Invalid object", path)
        known = [
            (inside(path, name), part, fields[name])
            for name, part in value.items()
            if name in fields
        ]
        unknown = [unknown_parameter(inside(path, name)) for name in value if name not in fields]
        missing = [missing_parameter(inside(path, name)) for name in required if name not in value]
        results = read_all(known, unknown, missing)
        return dict(zip([name for name in value if name in fields], results, strict=True))

    return read


def read_all(
    parts: Iterable[tuple[str, Any, Reader]],
    before: Sequence[InvalidParameter] = (),
    after: Sequence[InvalidParameter] = (),
) -> list[Any]:
    """Read every part, and raise the first problem.

    All parts are read even if one is wrong: what the sandbox does not support is reported before
    any mistake, so that nobody looks for a mistake in a correct request.
    """
    results, problems = [], list(before)
    for path, part, reader in parts:
        try:
            results.append(reader(part, path))
        except NotBuilt:
            raise
        except InvalidParameter as problem:
            problems.append(problem)
    problems += after
    if problems:
        raise problems[0]
    return results


def listing(reader: Reader, limit: int, *, clearable: bool = False) -> Reader:
    """An array of up to ``limit`` entries, all with the same reader; ``""`` empties it if the field
    can be cleared.
    """

    def read(value: Any, path: str) -> list[Any]:
        if value == "" and clearable:
            return []
        if not isinstance(value, dict) or not all(
            key.isdecimal() and key.isascii() for key in value
        ):
            raise invalid("Invalid array", path)
        if len(value) > limit:
            raise invalid(f"Array {path} exceeded maximum {limit} allowed elements.", path)
        ordered = sorted(value.items(), key=lambda item: (len(item[0]), item[0]))
        return read_all((inside(path, key), part, reader) for key, part in ordered)

    return read


def metadata(value: Any, path: str) -> dict[str, str] | None:
    """Keys and values; an empty value removes its key, ``""`` instead of an object
    removes everything (None).
    """
    if value == "":
        return None
    if not isinstance(value, dict) or not all(isinstance(part, str) for part in value.values()):
        raise invalid("Metadata must be a set of key-value pairs of strings.", path)
    if len(value) > METADATA_KEYS:
        raise invalid(f"You can only specify {METADATA_KEYS} metadata keys.", path)
    for key, part in value.items():
        if len(key) > METADATA_KEY_LENGTH or len(part) > METADATA_VALUE_LENGTH:
            limits = f"{METADATA_KEY_LENGTH} characters for a key and {METADATA_VALUE_LENGTH} for a value"
            raise invalid(f"Metadata may have up to {limits}.", inside(path, key))
    return dict(value)


def merged(old: Mapping[str, str], new: Mapping[str, str] | None) -> dict[str, str]:
    """Metadata after an update (docs.stripe.com/api/metadata)."""
    return {} if new is None else {key: value for key, value in {**old, **new}.items() if value}


def unsupported(value: Any, path: str) -> None:
    """A parameter that Stripe has and the sandbox does not support."""
    raise not_built(path, path)


def created(value: Any, path: str) -> dict[str, int]:
    """A time in seconds, or a range of ``gt``, ``gte``, ``lt``, ``lte``."""
    if isinstance(value, str):
        return {"eq": integer()(value, path)}
    bound = integer()
    return dict(group({"gt": bound, "gte": bound, "lt": bound, "lte": bound})(value, path))


EXPAND = {"expand": listing(text(500), 20)}
PAGE = {**EXPAND, "limit": integer(1, 100), "starting_after": text(), "ending_before": text()}


def _empty(path: str) -> Exception:
    message = (
        f"You passed an empty string for '{path}'. We assume empty values are an attempt to unset a parameter; "
        f"however '{path}' cannot be unset. You should remove '{path}' from your request or supply a non-empty value."
    )
    return invalid(message, path, "parameter_invalid_empty")
