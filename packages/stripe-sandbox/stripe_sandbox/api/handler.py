"""The API: who asks, was it asked before, what goes wrong, and the answer."""

import base64
import binascii
import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from stripe_sandbox import ids
from stripe_sandbox.api import form_encoding, routes
from stripe_sandbox.api.expand import expand
from stripe_sandbox.api.idempotency import IdempotencyKeys
from stripe_sandbox.errors import ApiError, CardError, InvalidParameter, unauthorized, unexpected
from stripe_sandbox.faults.next_calls import BEFORE_ANYTHING, Trouble, Troubles
from stripe_sandbox.faults.rates import Chaos
from stripe_sandbox.objects.events import API_VERSION
from stripe_sandbox.state import State, StateClosed

TEST_KEY = re.compile(r"(sk|rk)_test_\w+", re.ASCII)
LIVE_KEY = re.compile(r"(sk|rk|pk)_live_")
REMEMBERED = 10_000
logger = logging.getLogger(__name__)


class Call(NamedTuple):
    """One API request as it came in; ``params`` is the decoded form, with strings as leaves."""

    method: str
    path: str
    params: Any
    idempotency_key: str | None
    headers: dict[str, str]


@dataclass
class Answer:
    """What goes back: status, JSON text and headers.

    ``broken``: nothing does, the connection is reset.
    """

    status: int
    body: str
    headers: dict[str, str] = field(default_factory=dict)
    broken: bool = False


class Broken(Exception):
    """The connection is to be reset instead of answered."""


class Api:
    """Answers API requests from a state."""

    def __init__(self, state: State, chaos: Chaos) -> None:
        self.state = state
        self._chaos = chaos
        self.calls: list[Call] = []
        self.troubles = Troubles()
        self._keys = IdempotencyKeys(state)

    def answer(self, method: str, path: str, form: str, headers: Mapping[str, str]) -> Answer:
        """Serve one request.

        ``form`` is the form-encoded body and query; header names are lower-case.
        """
        request_id = ids.new("req")
        key = headers.get("idempotency-key") if method == "POST" else None
        try:
            answer = self._served(method, path, form, headers, request_id, key or None)
        except ApiError as error:
            answer = Answer(error.status, dump(error.body()))
        except Broken:
            answer = Answer(0, "", broken=True)
        except StateClosed:
            raise
        except Exception:
            logger.exception("The sandbox failed to answer %s %s", method, path)
            answer = Answer(500, dump(unexpected().body()))
        answer.headers["Request-Id"] = request_id
        answer.headers["Stripe-Version"] = headers.get("stripe-version") or API_VERSION
        if key:
            answer.headers["Idempotency-Key"] = key
        return answer

    def _served(
        self,
        method: str,
        path: str,
        form: str,
        headers: Mapping[str, str],
        request_id: str,
        key: str | None,
    ) -> Answer:
        params = form_encoding.decode(form)
        self._remember(Call(method, path, form_encoding.with_lists(params), key, dict(headers)))
        self.troubles.hang(self._chaos.latency())
        authenticate(headers.get("authorization", ""))
        cause = {"id": request_id, "idempotency_key": key}
        if key is None:
            return self._executed(method, path, params, cause)
        with self._keys.held(key):
            stored = self._keys.stored(key, path, params)
            if stored is not None:
                return Answer(*stored, {"Idempotent-Replayed": "true"})
            return self._executed(method, path, params, cause)

    def _executed(
        self, method: str, path: str, params: form_encoding.Tree, cause: dict[str, Any]
    ) -> Answer:
        """Do the work, with whatever trouble is in store for it."""
        trouble = self.troubles.next_for(method, path) or self._chaos.trouble()
        if trouble is not None and trouble.moment == "before":
            self._suffer(trouble)
            if trouble.kind == "error":
                return self._failed(trouble, path, params, cause)
        answer = self._worked(method, path, params, cause)
        if trouble is not None and trouble.moment == "after":
            if trouble.kind == "error":
                return self._failed(trouble, path, params, cause)
            self._suffer(trouble)
        return answer

    def _worked(
        self, method: str, path: str, params: form_encoding.Tree, cause: dict[str, Any]
    ) -> Answer:
        """The work and its stored answer, in one transaction."""
        route, found = routes.find(method, path)
        accepted = route.accepts(params, "")
        paths = accepted.pop("expand", [])
        with self.state.transaction():
            answer = self._tried(route, accepted, found, paths, cause)
            self._store(path, params, cause, answer)
        return answer

    def _tried(
        self,
        route: routes.Route,
        accepted: Any,
        found: tuple[str, ...],
        paths: list[str],
        cause: dict[str, Any],
    ) -> Answer:
        self.state.cause = cause
        try:
            with self.state.savepoint():
                try:
                    result = route.work(self.state, accepted, *found)
                except CardError as declined:  # the declined payment is kept
                    return Answer(declined.status, dump(declined.body()))
                expand(self.state, result, paths)
            return Answer(200, dump(result))
        except InvalidParameter:
            raise
        except ApiError as error:
            return Answer(error.status, dump(error.body()))
        finally:
            self.state.cause = {"id": None, "idempotency_key": None}

    def _suffer(self, trouble: Trouble) -> None:
        if trouble.kind == "reset":
            raise Broken
        if trouble.kind == "hang":
            self.troubles.hang(trouble.seconds)

    def _failed(
        self, trouble: Trouble, path: str, params: form_encoding.Tree, cause: dict[str, Any]
    ) -> Answer:
        kind, code = BEFORE_ANYTHING.get(trouble.status, ("api_error", None))
        error = ApiError(
            trouble.status,
            "Trouble, as ordered from the local test stand-in.",
            kind=kind,
            code=code,
        )
        answer = Answer(error.status, dump(error.body()))
        if trouble.stored and trouble.status not in BEFORE_ANYTHING:
            self._store(path, params, cause, answer)
        return answer

    def _store(
        self, path: str, params: form_encoding.Tree, cause: dict[str, Any], answer: Answer
    ) -> None:
        if cause["idempotency_key"]:
            self._keys.store(cause["idempotency_key"], path, params, answer.status, answer.body)

    def _remember(self, call: Call) -> None:
        self.calls.append(call)
        del self.calls[:-REMEMBERED]


def authenticate(header: str) -> None:
    """Take any well-formed test key; refuse live ones loudly. Raises 401."""
    key = _key(header)
    if not key:
        raise unauthorized(
            "You did not provide an API key. Send a test key such as sk_test_local as Bearer or Basic."
        )
    if LIVE_KEY.match(key):
        raise unauthorized(
            "This is a local test stand-in, not Stripe: a live key must never come here. "
            "Use a test key, or point the client at api.stripe.com. Consider the key exposed if this host is not yours."
        )
    if not TEST_KEY.fullmatch(key):
        raise unauthorized(f"Invalid API Key provided: {key[:8]}***")


def _key(header: str) -> str:
    scheme, _, value = header.strip().partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[0]
    except (binascii.Error, ValueError):
        return ""


def dump(value: Any) -> str:
    """JSON as Stripe prints it."""
    return json.dumps(value, indent=2)
