"""Holds JSON against the type annotations of the installed ``stripe`` package.

``object_problems`` is for what an API answers, ``params_problems`` and ``call_problems`` for what a
client sends. Each returns sentences, none when all is well. Neither knows the sandbox, so neither
can agree with its mistakes.
"""

import ast
import functools
import inspect
import re
import sys
import types
import typing
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal, Union, get_args, get_origin

import stripe
import stripe.params
import stripe.params.checkout
import typing_extensions
from stripe import ListObject, StripeObject
from stripe._object_classes import get_object_class
from stripe._request_options import RequestOptions
from stripe._stripe_object import UntypedStripeObject

NONE = type(None)


def object_problems(value: Any, path: str = "") -> list[str]:
    """What is wrong with an answered object: fields missing, unknown or of the wrong type.

    A field that may be null may also be absent; everything else has to be there.
    """
    record = value.to_dict() if isinstance(value, StripeObject) else value
    path = path or str(record.get("object"))
    if record.get("object") == "list":
        entries = enumerate(record["data"])
        listed = [
            problem
            for place, entry in entries
            for problem in object_problems(entry, f"{path}[{place}]")
        ]
        return _list_problems(record, path) + listed
    cls = get_object_class("V1", str(record.get("object")))
    problems = _class_problems(record, cls, path)
    if record.get("object") == "event":
        problems += object_problems(record["data"]["object"], f"{path}.data.object")
    return problems


def params_problems(params: Mapping[str, Any], typed_dict: type, path: str = "") -> list[str]:
    """What is wrong with parameters: unknown names, missing required ones, values that are not of
    their type.

    Leaves may be strings as they travel in a form ("true", "12") or the Python values they stand
    for.
    """
    hints = {
        name: hint
        for name, hint in _hints(typed_dict).items()
        if name not in RequestOptions.__annotations__
    }
    required = typed_dict.__required_keys__ & set(hints)  # type: ignore[attr-defined]
    problems = [
        f"{path}{name}: missing from {typed_dict.__name__}"
        for name in sorted(required - set(params))
    ]
    for name, value in params.items():
        if name not in hints:
            problems.append(f"{path}{name}: unknown to {typed_dict.__name__}")
        elif not _fits_param(value, hints[name]):
            problems += _nested_problems(value, hints[name], f"{path}{name}")
    return problems


def check_params(params: Mapping[str, Any], typed_dict: type) -> None:
    """Assert that the parameters are what the typed dict says."""
    problems = params_problems(params, typed_dict)
    assert not problems, "\n".join(problems)


def check_calls(calls: typing.Iterable[Any]) -> None:
    """Assert that every recorded API request (method, path, params) is one Stripe's types allow."""
    problems = [
        f"{call.method} {call.path} {problem}" for call in calls for problem in call_problems(call)
    ]
    assert not problems, "\n".join(problems)


def call_problems(call: Any) -> list[str]:
    """What is wrong with one recorded request."""
    for method, pattern, typed_dict in ENDPOINTS:
        if call.method == method and re.fullmatch(pattern, call.path):
            return params_problems(call.params, typed_dict)
    return ["is not an endpoint that this check knows"]


ENDPOINTS: tuple[tuple[str, str, Any], ...] = (
    ("GET", "/v1/account", stripe.params.AccountRetrieveCurrentParams),
    ("POST", "/v1/products", stripe.params.ProductCreateParams),
    ("GET", "/v1/products", stripe.params.ProductListParams),
    ("GET", "/v1/products/[^/]+", stripe.params.ProductRetrieveParams),
    ("POST", "/v1/products/[^/]+", stripe.params.ProductUpdateParams),
    ("POST", "/v1/prices", stripe.params.PriceCreateParams),
    ("GET", "/v1/prices", stripe.params.PriceListParams),
    ("GET", "/v1/prices/[^/]+", stripe.params.PriceRetrieveParams),
    ("POST", "/v1/prices/[^/]+", stripe.params.PriceUpdateParams),
    ("POST", "/v1/checkout/sessions", stripe.params.checkout.SessionCreateParams),
    ("GET", "/v1/checkout/sessions", stripe.params.checkout.SessionListParams),
    ("GET", "/v1/checkout/sessions/[^/]+", stripe.params.checkout.SessionRetrieveParams),
    ("POST", "/v1/checkout/sessions/[^/]+/expire", stripe.params.checkout.SessionExpireParams),
    (
        "GET",
        "/v1/checkout/sessions/[^/]+/line_items",
        stripe.params.checkout.SessionLineItemListParams,
    ),
    ("GET", "/v1/payment_intents", stripe.params.PaymentIntentListParams),
    ("GET", "/v1/payment_intents/[^/]+", stripe.params.PaymentIntentRetrieveParams),
    ("GET", "/v1/charges", stripe.params.ChargeListParams),
    ("GET", "/v1/charges/[^/]+", stripe.params.ChargeRetrieveParams),
    ("GET", "/v1/invoices", stripe.params.InvoiceListParams),
    ("GET", "/v1/invoices/[^/]+", stripe.params.InvoiceRetrieveParams),
    ("GET", "/v1/webhook_endpoints", stripe.params.WebhookEndpointListParams),
    ("POST", "/v1/refunds", stripe.params.RefundCreateParams),
    ("GET", "/v1/refunds", stripe.params.RefundListParams),
    ("GET", "/v1/refunds/[^/]+", stripe.params.RefundRetrieveParams),
    ("POST", "/v1/refunds/[^/]+", stripe.params.RefundUpdateParams),
    ("GET", "/v1/disputes", stripe.params.DisputeListParams),
    ("GET", "/v1/disputes/[^/]+", stripe.params.DisputeRetrieveParams),
    ("GET", "/v1/events", stripe.params.EventListParams),
    ("GET", "/v1/events/[^/]+", stripe.params.EventRetrieveParams),
)


# Objects


def _class_problems(record: Any, cls: type, path: str) -> list[str]:
    if not isinstance(record, dict):
        return [f"{path}: {record!r} is no {cls.__name__}"]
    hints = _hints(cls)
    problems = [
        f"{path}.{name}: unknown to {cls.__qualname__}" for name in record if name not in hints
    ]
    for name, hint in hints.items():
        if name in record:
            problems += _value_problems(record[name], hint, f"{path}.{name}")
        elif not _nullable(hint):
            problems.append(f"{path}.{name}: missing")
    return problems


def _value_problems(value: Any, hint: Any, path: str) -> list[str]:
    """Empty if the value fits any variant of the hint; otherwise what is wrong with the nearest."""
    tries = [_variant_problems(value, variant, path) for variant in _variants(hint)]
    return min(tries, key=len) if all(tries) else []


def _variant_problems(value: Any, hint: Any, path: str) -> list[str]:
    origin, args = get_origin(hint) or hint, get_args(hint)
    if origin is list and isinstance(value, list):
        return [
            problem
            for i, entry in enumerate(value)
            for problem in _value_problems(entry, args[0], f"{path}[{i}]")
        ]
    if origin is ListObject and isinstance(value, dict):
        entries: Any = list.__class_getitem__(args[0])
        return _list_problems(value, path) + _value_problems(
            value.get("data"), entries, f"{path}.data"
        )
    if origin is UntypedStripeObject and isinstance(value, dict):
        return [
            problem
            for key, part in value.items()
            for problem in _value_problems(_converted(part, args[0]), args[0], f"{path}.{key}")
        ]
    if (
        isinstance(origin, type)
        and issubclass(origin, StripeObject)
        and origin not in (ListObject, UntypedStripeObject)
    ):
        return _class_problems(value, origin, path)
    return [] if _is_plain(value, hint) else [f"{path}: {value!r} is no {hint}"]


def _converted(part: Any, hint: Any) -> Any:
    """An entry of a map with its decimals as numbers: the library converts them elsewhere."""
    if isinstance(hint, type) and issubclass(hint, StripeObject) and isinstance(part, dict):
        return hint.construct_from(part, None).to_dict()
    return part


def _is_plain(value: Any, hint: Any) -> bool:
    if hint is Any:
        return True
    if get_origin(hint) is Literal:
        return value in get_args(hint)
    if hint is float:
        return type(value) in (int, float)
    return hint in (str, int, bool, Decimal, NONE) and type(value) is hint


def _list_problems(record: dict[str, Any], path: str) -> list[str]:
    expected = {"object": str, "data": list, "has_more": bool, "url": str}
    wrong = [
        f"{path}.{name}: missing or no {kind.__name__}"
        for name, kind in expected.items()
        if type(record.get(name)) is not kind
    ]
    return wrong + [f"{path}.{name}: unknown to a list" for name in record if name not in expected]


# Parameters


def _fits_param(value: Any, hint: Any) -> bool:
    return any(_fits_variant(value, variant) for variant in _variants(hint))


def _fits_variant(value: Any, hint: Any) -> bool:
    origin, args = get_origin(hint) or hint, get_args(hint)
    if typing_extensions.is_typeddict(origin):
        return isinstance(value, Mapping) and not params_problems(value, origin)
    if origin is list:
        return isinstance(value, list) and all(_fits_param(entry, args[0]) for entry in value)
    if origin in (dict, UntypedStripeObject):
        return isinstance(value, Mapping) and all(
            _fits_param(part, args[-1]) for part in value.values()
        )
    return _is_plain(value, hint) or (isinstance(value, str) and _reads_as(value, hint))


def _reads_as(text: str, hint: Any) -> bool:
    """Whether the text of a form field stands for a value of the type."""
    if hint is bool:
        return text in ("true", "false")
    if hint is int:
        return re.fullmatch(r"-?[0-9]+", text) is not None
    if hint in (float, Decimal):
        return re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text) is not None
    return hint is object


def _nested_problems(value: Any, hint: Any, path: str) -> list[str]:
    """The clearest description of a value that does not fit."""
    for variant in _variants(hint):
        if typing_extensions.is_typeddict(variant) and isinstance(value, Mapping):
            return params_problems(value, variant, f"{path}.")
        if get_origin(variant) is list and isinstance(value, list):
            wrong = [
                (i, part)
                for i, part in enumerate(value)
                if not _fits_param(part, get_args(variant)[0])
            ]
            return [
                text
                for i, part in wrong
                for text in _nested_problems(part, get_args(variant)[0], f"{path}[{i}]")
            ]
    return [f"{path}: {value!r} is no {hint}"]


# Annotations


def _variants(hint: Any) -> list[Any]:
    """What a hint allows.

    ``Literal["a"] | str`` is Stripe's open enum: only the words it lists count.
    """
    if get_origin(hint) in (Union, types.UnionType):
        variants = [variant for part in get_args(hint) for variant in _variants(part)]
    elif get_origin(hint) in (typing_extensions.NotRequired, typing_extensions.Required):
        return _variants(get_args(hint)[0])
    else:
        return [hint]
    words = [
        variant
        for variant in variants
        if get_origin(variant) is Literal and get_args(variant) != ("",)
    ]
    return [variant for variant in variants if not (words and variant is str)]


def _nullable(hint: Any) -> bool:
    return NONE in _variants(hint)


@functools.cache
def _hints(cls: type) -> dict[str, Any]:
    """The annotated fields of a class, without its private and class variables."""
    names = {**_names(RequestOptions.__module__), **_names(cls.__module__), **vars(cls)}
    hints = typing_extensions.get_type_hints(cls, localns=names)
    return {
        name: hint
        for name, hint in hints.items()
        if not name.startswith("_") and get_origin(hint) is not typing.ClassVar
    }


@functools.cache
def _names(module_name: str) -> dict[str, Any]:
    """A module's names, those it imports for type checkers only included."""
    module = sys.modules[module_name]
    names = dict(vars(module))
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            imports = compile(ast.Module(node.body, []), module_name, "exec")
            exec(imports, names)  # noqa: S102 -- the import lines of an installed package
    return names
