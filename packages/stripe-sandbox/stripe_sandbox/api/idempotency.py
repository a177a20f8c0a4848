"""Idempotency keys: one execution per key (docs.stripe.com/api/idempotent_requests)."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from stripe_sandbox.errors import ApiError
from stripe_sandbox.state import State

KEPT_FOR = 24 * 3600  # seconds
LONGEST_KEY = 255


class IdempotencyKeys:
    """The stored responses, and the keys whose first request is being carried out now."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._running: set[str] = set()
        self._lock = threading.Lock()

    @contextmanager
    def held(self, key: str) -> Iterator[None]:
        """Reserve a key for the length of the block. Raises 409 if another request has it."""
        if len(key) > LONGEST_KEY:
            raise ApiError(
                400, f"Keys for idempotent requests may have up to {LONGEST_KEY} characters."
            )
        with self._lock:
            if key in self._running:
                message = (
                    "There is currently another in-progress request using this Idempotent "
                    f"Key: {key}."
                )
                raise ApiError(
                    409, message, kind="idempotency_error", code="idempotency_key_in_use"
                )
            self._running.add(key)
        try:
            yield
        finally:
            with self._lock:
                self._running.discard(key)

    def stored(self, key: str, path: str, params: Any) -> tuple[int, str] | None:
        """Status and body of the earlier response with this key, if there is one.

        Raises 400 if it was for another request.
        """
        self._forget_old()
        found = self._state.rows(
            "SELECT path, fingerprint, status, body FROM answers WHERE key = ?", key
        )
        if not found:
            return None
        first_path, first_fingerprint, status, body = found[0]
        if first_path != path:
            raise _misused(
                f"for the same endpoint they were first used for ('{first_path}' vs '{path}')", key
            )
        if first_fingerprint != _fingerprint(params):
            raise _misused("with the same parameters they were first used with", key)
        return status, body

    def store(self, key: str, path: str, params: Any, status: int, body: str) -> None:
        """Store a response for 24 hours, also an error."""
        row = (key, path, _fingerprint(params), status, body, self._state.now())
        self._state.run("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?)", *row)

    def _forget_old(self) -> None:
        self._state.run("DELETE FROM answers WHERE stored_at < ?", self._state.now() - KEPT_FOR)


def _fingerprint(params: Any) -> str:
    return hashlib.sha256(json.dumps(params, sort_keys=True).encode()).hexdigest()


def _misused(how: str, key: str) -> ApiError:
    message = f"Keys for idempotent requests can only be used {how}. "
    hint = f"Try using a key other than '{key}' if you meant to execute a different request."
    return ApiError(400, message + hint, kind="idempotency_error")
