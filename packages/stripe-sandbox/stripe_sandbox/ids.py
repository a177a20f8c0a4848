"""Random ids with Stripe's prefixes and lengths."""

import hashlib
import secrets
import string

ALPHABET = string.ascii_letters + string.digits
LENGTHS = {"acct": 16, "prod": 14, "req": 14, "cs_test": 58}
USUAL_LENGTH = 24


def new(prefix: str) -> str:
    """A new id such as ``price_…``; its length is the one Stripe uses for that prefix."""
    return f"{prefix}_{random_text(LENGTHS.get(prefix, USUAL_LENGTH))}"


def derived(prefix: str, source: str) -> str:
    """An id that is always the same for the same source."""
    return f"{prefix}_{hashlib.sha256(source.encode()).hexdigest()[:USUAL_LENGTH]}"


def random_text(length: int) -> str:
    """Random letters and digits that cannot be guessed."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
