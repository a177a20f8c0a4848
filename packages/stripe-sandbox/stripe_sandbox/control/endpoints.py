"""The control API: commands as JSON below ``/_sandbox/``, and a page for people at ``/``."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from stripe_sandbox.checkout_page.pay import Declined, NotOpen
from stripe_sandbox.control.controls import Controls
from stripe_sandbox.control.page import control_page
from stripe_sandbox.errors import ApiError
from stripe_sandbox.http_server import Request, Response
from stripe_sandbox.pages import message, redirect

Values = dict[str, Any]


class Control:
    """The commands, by name; all are POST requests. GET reads ``state`` and ``requests``."""

    def __init__(self, sandbox: Controls) -> None:
        self._sandbox = sandbox
        self._commands: dict[str, Callable[[Values], Any]] = {
            "reset": lambda values: sandbox.reset(),
            "pay": self._pay,
            "expire": lambda values: sandbox.expire(str(values["session"])),
            "settle": lambda values: sandbox.settle(str(values["session"])),
            "fail": lambda values: sandbox.fail(str(values["session"])),
            "refund": lambda values: sandbox.refund(str(values["payment"]), _amount(values)),
            "backdate_refund": lambda values: sandbox.backdate_refund(
                str(values["refund"]), float(values["seconds"])
            ),
            "refund_succeeds": lambda values: sandbox.refund_succeeds(str(values["refund"])),
            "refund_fails": lambda values: sandbox.refund_fails(str(values["refund"])),
            "refund_is_canceled": lambda values: sandbox.refund_is_canceled(str(values["refund"])),
            "dispute": self._dispute,
            "dispute_is_won": lambda values: sandbox.dispute_is_won(str(values["dispute"])),
            "dispute_is_lost": lambda values: sandbox.dispute_is_lost(str(values["dispute"])),
            "inquiry_is_closed": lambda values: sandbox.inquiry_is_closed(str(values["dispute"])),
            "inquiry_is_escalated": lambda values: sandbox.inquiry_is_escalated(
                str(values["dispute"])
            ),
            "warn": lambda values: sandbox.warn(str(values["payment"])),
            "trouble": self._fault,
            "chaos": self._chaos,
            "calm": lambda values: sandbox.clear_faults(),
            "deliver": self._deliver,
            "resend": lambda values: sandbox.resend(
                str(values["event"]), int(values.get("times", 1))
            ),
            "advance": lambda values: sandbox.advance(float(values["seconds"])),
            "forget": lambda values: sandbox.requests.clear(),
        }

    def answer(self, request: Request) -> Response:
        """The page, the state, or the outcome of a command."""
        if request.path == "/":
            return control_page(self._sandbox)
        name = request.path.removeprefix("/_sandbox/")
        if request.method != "POST":
            return self._read(name)
        if name not in self._commands:
            return _json(
                {"error": "There is no such command.", "commands": sorted(self._commands)}, 404
            )
        return self._carry_out(name, request)

    def _read(self, name: str) -> Response:
        if name == "state":
            return _json(self._sandbox.summary())
        if name == "requests":
            return _json([call._asdict() for call in self._sandbox.requests])
        return _json(
            {
                "error": "GET state or requests, or POST a command.",
                "commands": sorted(self._commands),
            },
            404,
        )

    def _carry_out(self, name: str, request: Request) -> Response:
        """Run a command. The response is JSON, or a page if the command came from one."""
        from_page = False
        try:
            values = _values(request)
            from_page = values.pop("from_page", None) is not None
            outcome = self._commands[name](values)
        except ValueError as problem:
            status, answer = 400, {"error": f"{name}: {problem}"}
        except (KeyError, TypeError, OverflowError, RecursionError) as problem:
            status, answer = 400, {"error": f"{name}: {type(problem).__name__}: {problem}"}
        except ApiError as error:
            status, answer = error.status, error.body()
        except (Declined, NotOpen) as problem:
            status, answer = 402, {"error": str(problem)}
        else:
            return redirect("/") if from_page else _json({"done": name, "outcome": outcome})
        return _error_page(answer["error"], status) if from_page else _json(answer, status)

    def _pay(self, values: Values) -> str:
        types: dict[str, Callable[[Any], Any]] = {
            **dict.fromkeys(("card", "email", "name", "bank"), str),
            **dict.fromkeys(("discount", "shipping", "tax", "rate"), int),
            **dict.fromkeys(("shipping_name", "phone", "promotion_code"), str),
            **dict.fromkeys(("address", "fields"), dict),
            "ago": float,
        }
        chosen = {name: read(values[name]) for name, read in types.items() if name in values}
        return self._sandbox.pay(str(values["session"]), **chosen)

    def _dispute(self, values: Values) -> str:
        named = {name: str(values[name]) for name in ("kind", "reason") if name in values}
        return self._sandbox.dispute(str(values["payment"]), amount=_amount(values), **named)

    def _fault(self, values: Values) -> None:
        types: dict[str, Callable[[Any], Any]] = {
            "times": int,
            "status": int,
            "seconds": float,
            "stored": _flag,
        }
        known = {
            name: types.get(name, str)(value) for name, value in values.items() if value is not None
        }
        if values.get("times", 1) is None:
            known["times"] = None
        self._sandbox.fail_next(**known)

    def _chaos(self, values: Values) -> None:
        types: dict[str, Callable[[Any], Any]] = {"seed": int}
        self._sandbox.chaos(
            **{name: types.get(name, float)(value) for name, value in values.items()}
        )

    def _deliver(self, values: Values) -> None:
        self._sandbox.deliver = _flag(values["on"])


def _amount(values: Values) -> int | None:
    """An amount in minor units, or None for all there is."""
    return int(values["amount"]) if values.get("amount") not in (None, "") else None


def _flag(value: Any) -> bool:
    return str(value).lower() in ("true", "1", "on")


def _values(request: Request) -> Values:
    """The body: a JSON object, or a form from the control page."""
    if "json" not in request.headers.get("content-type", ""):
        return dict(parse_qsl(request.form, max_num_fields=50))
    values = json.loads(request.form)
    if not isinstance(values, dict):
        raise ValueError("The body is a JSON object.")
    return values


def _error_page(problem: Any, status: int) -> Response:
    text = problem["message"] if isinstance(problem, dict) else problem
    return message("That did not work", text, status=status, link=("/", "Back to the sandbox"))


def _json(value: Any, status: int = 200) -> Response:
    return Response(status, json.dumps(value, indent=2), "application/json")
