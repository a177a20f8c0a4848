"""The controls over HTTP: JSON below ``/_sandbox/``, and a page for people at ``/``."""

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

Orders = dict[str, Any]


class Control:
    """What can be ordered, by name. GET ``/_sandbox/state`` reads; everything else is POST."""

    def __init__(self, sandbox: Controls) -> None:
        self._sandbox = sandbox
        self._orders: dict[str, Callable[[Orders], Any]] = {
            "reset": lambda orders: sandbox.reset(),
            "pay": self._pay,
            "expire": lambda orders: sandbox.expire(str(orders["session"])),
            "settle": lambda orders: sandbox.settle(str(orders["session"])),
            "fail": lambda orders: sandbox.fail(str(orders["session"])),
            "refund": lambda orders: sandbox.refund(str(orders["payment"]), _amount(orders)),
            "backdate_refund": lambda orders: sandbox.backdate_refund(
                str(orders["refund"]), float(orders["seconds"])
            ),
            "refund_succeeds": lambda orders: sandbox.refund_succeeds(str(orders["refund"])),
            "refund_fails": lambda orders: sandbox.refund_fails(str(orders["refund"])),
            "refund_is_canceled": lambda orders: sandbox.refund_is_canceled(str(orders["refund"])),
            "dispute": self._dispute,
            "dispute_is_won": lambda orders: sandbox.dispute_is_won(str(orders["dispute"])),
            "dispute_is_lost": lambda orders: sandbox.dispute_is_lost(str(orders["dispute"])),
            "inquiry_is_closed": lambda orders: sandbox.inquiry_is_closed(str(orders["dispute"])),
            "inquiry_is_escalated": lambda orders: sandbox.inquiry_is_escalated(
                str(orders["dispute"])
            ),
            "warn": lambda orders: sandbox.warn(str(orders["payment"])),
            "trouble": self._trouble,
            "chaos": self._chaos,
            "calm": lambda orders: sandbox.calm(),
            "deliver": self._deliver,
            "resend": lambda orders: sandbox.resend(
                str(orders["event"]), int(orders.get("times", 1))
            ),
            "advance": lambda orders: sandbox.advance(float(orders["seconds"])),
            "forget": lambda orders: sandbox.requests.clear(),
        }

    def answer(self, request: Request) -> Response:
        """The page, the state, or the outcome of an order."""
        if request.path == "/":
            return control_page(self._sandbox)
        name = request.path.removeprefix("/_sandbox/")
        if request.method != "POST":
            return self._read(name)
        if name not in self._orders:
            return _json({"error": "No such order.", "orders": sorted(self._orders)}, 404)
        return self._carry_out(name, request)

    def _read(self, name: str) -> Response:
        if name == "state":
            return _json(self._sandbox.summary())
        if name == "requests":
            return _json([call._asdict() for call in self._sandbox.requests])
        return _json(
            {"error": "GET state or requests; POST an order.", "orders": sorted(self._orders)}, 404
        )

    def _carry_out(self, name: str, request: Request) -> Response:
        """Do it and say how it went: in JSON, or to somebody at the control page in words."""
        from_page = False
        try:
            orders = _orders(request)
            from_page = orders.pop("from_page", None) is not None
            outcome = self._orders[name](orders)
        except ValueError as problem:
            status, answer = 400, {"error": f"{name}: {problem}"}
        except (KeyError, TypeError) as problem:
            status, answer = 400, {"error": f"{name}: {type(problem).__name__}: {problem}"}
        except ApiError as error:
            status, answer = error.status, error.body()
        except (Declined, NotOpen) as problem:
            status, answer = 402, {"error": str(problem)}
        else:
            return redirect("/") if from_page else _json({"done": name, "outcome": outcome})
        return _told(answer["error"], status) if from_page else _json(answer, status)

    def _pay(self, orders: Orders) -> str:
        types: dict[str, Callable[[Any], Any]] = {
            **dict.fromkeys(("card", "email", "name", "bank"), str),
            **dict.fromkeys(("discount", "shipping", "tax", "rate"), int),
            **dict.fromkeys(("shipping_name", "phone", "promotion_code"), str),
            **dict.fromkeys(("address", "fields"), dict),
            "ago": float,
        }
        chosen = {name: read(orders[name]) for name, read in types.items() if name in orders}
        return self._sandbox.pay(str(orders["session"]), **chosen)

    def _dispute(self, orders: Orders) -> str:
        named = {name: str(orders[name]) for name in ("kind", "reason") if name in orders}
        return self._sandbox.dispute(str(orders["payment"]), amount=_amount(orders), **named)

    def _trouble(self, orders: Orders) -> None:
        types: dict[str, Callable[[Any], Any]] = {
            "times": int,
            "status": int,
            "seconds": float,
            "stored": _flag,
        }
        known = {
            name: types.get(name, str)(value) for name, value in orders.items() if value is not None
        }
        if orders.get("times", 1) is None:
            known["times"] = None
        self._sandbox.fail_next(**known)

    def _chaos(self, orders: Orders) -> None:
        types: dict[str, Callable[[Any], Any]] = {"seed": int}
        self._sandbox.chaos(
            **{name: types.get(name, float)(value) for name, value in orders.items()}
        )

    def _deliver(self, orders: Orders) -> None:
        self._sandbox.deliver = _flag(orders["on"])


def _amount(orders: Orders) -> int | None:
    """An amount in minor units, or None for all there is."""
    return int(orders["amount"]) if orders.get("amount") not in (None, "") else None


def _flag(value: Any) -> bool:
    return str(value).lower() in ("true", "1", "on")


def _orders(request: Request) -> Orders:
    """The body: JSON, or a form as the control page sends it."""
    if "json" not in request.headers.get("content-type", ""):
        return dict(parse_qsl(request.form, max_num_fields=50))
    orders = json.loads(request.form)
    if not isinstance(orders, dict):
        raise ValueError("The body is a JSON object.")
    return orders


def _told(problem: Any, status: int) -> Response:
    words = problem["message"] if isinstance(problem, dict) else problem
    return message("That did not work", words, status=status, link=("/", "Back to the sandbox"))


def _json(value: Any, status: int = 200) -> Response:
    return Response(status, json.dumps(value, indent=2), "application/json")
