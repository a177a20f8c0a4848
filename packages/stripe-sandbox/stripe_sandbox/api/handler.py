"""The API: authentication, idempotency keys, faults, and the response."""

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
from stripe_sandbox.faults.next_calls import FORBIDDEN, MESSAGE, REFUSALS, Fault, FaultQueue
from stripe_sandbox.faults.permissions import missing_permission
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
    """A response: status, JSON text and headers.

    ``broken``: there is no response, the connection is reset.
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
        self.faults = FaultQueue()
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
        self.faults.sleep(self._chaos.latency())
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
        """Carry out a call, and apply the next fault for it: a requested one or a random one."""
        fault = self.faults.next_for(method, path) or self._chaos.fault_for_call()
        if fault is not None and fault.moment == "before":
            self._apply(fault)
            if fault.kind == "error":
                return self._failed(fault, method, path, params, cause)
        answer = self._worked(method, path, params, cause)
        if fault is not None and fault.moment == "after":
            if fault.kind == "error":
                return self._failed(fault, method, path, params, cause)
            self._apply(fault)
        return answer

    def _worked(
        self, method: str, path: str, params: form_encoding.Tree, cause: dict[str, Any]
    ) -> Answer:
        """Carry out a call and store its response, in one transaction."""
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

    def _apply(self, fault: Fault) -> None:
        """Hang, or raise Broken. An error is returned by ``_failed`` instead."""
        if fault.kind == "reset":
            raise Broken
        if fault.kind == "hang":
            self.faults.sleep(fault.seconds)

    def _failed(
        self,
        fault: Fault,
        method: str,
        path: str,
        params: form_encoding.Tree,
        cause: dict[str, Any],
    ) -> Answer:
        """The error response of a fault, stored under the idempotency key where Stripe does so."""
        kind, code = REFUSALS.get(fault.status, ("api_error", None))
        error = ApiError(fault.status, MESSAGE, kind=kind, code=code)
        if fault.status == FORBIDDEN:
            error = missing_permission(method, path, self.state.account)
        answer = Answer(error.status, dump(error.body()))
        if fault.stored and fault.status not in REFUSALS:
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
    """Accept any well-formed test key. Raises 401 for any other; for a live one it says why."""
    key = _key(header)
    if not key:
        raise unauthorized(
            "You did not provide an API key. Send a test key such as sk_test_local as Bearer or Basic."
        )
    if LIVE_KEY.match(key):
        raise unauthorized(
            "This is the Stripe sandbox, not Stripe: never send a live key to it. "
            "Use a test key, or point the client at api.stripe.com. If this host is not yours, "
            "consider the key exposed."
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
