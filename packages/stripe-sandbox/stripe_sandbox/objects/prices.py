"""Prices: amounts that never change (docs.stripe.com/api/prices)."""

from decimal import Decimal
from typing import Any

from stripe_sandbox import ids
from stripe_sandbox.errors import exclusive, missing_parameter, no_such, refused
from stripe_sandbox.objects import events, lists, parameters
from stripe_sandbox.state import Record, State

INACTIVE = "The price specified is inactive. This field only accepts active prices."
IS_DEFAULT = "This price cannot be archived because it is the default price of its product."

TAX_BEHAVIOR = parameters.choice("exclusive", "inclusive", "unspecified")
AMOUNT = {
    "currency": parameters.currency,
    "unit_amount": parameters.integer(),
    "unit_amount_decimal": parameters.decimal,
    "tax_behavior": TAX_BEHAVIOR,
    "metadata": parameters.metadata,
    **dict.fromkeys(
        ["currency_options", "custom_unit_amount", "recurring"], parameters.unsupported
    ),
}
FOR_PRODUCT = parameters.group(AMOUNT, ("currency",))
CREATE = parameters.group(
    {
        **AMOUNT,
        **parameters.EXPAND,
        "active": parameters.flag,
        "billing_scheme": parameters.only("per_unit", "tiered"),
        "lookup_key": parameters.text(200),
        "nickname": parameters.text(5000),
        "product": parameters.text(255),
        "transfer_lookup_key": parameters.flag,
        **dict.fromkeys(
            ["product_data", "tiers", "tiers_mode", "transform_quantity"], parameters.unsupported
        ),
    },
    ("currency", "product"),
)
UPDATE = parameters.group(
    {
        **parameters.EXPAND,
        "active": parameters.flag,
        "lookup_key": parameters.text(200, clearable=True),
        "metadata": parameters.metadata,
        "nickname": parameters.text(5000, clearable=True),
        "tax_behavior": TAX_BEHAVIOR,
        "transfer_lookup_key": parameters.flag,
        "currency_options": parameters.unsupported,
    }
)
RETRIEVE = parameters.group(parameters.EXPAND)
LIST = parameters.group(
    {
        **parameters.PAGE,
        "active": parameters.flag,
        "created": parameters.created,
        "currency": parameters.currency,
        "lookup_keys": parameters.listing(parameters.text(200), 10),
        "product": parameters.text(255),
        "type": parameters.choice("one_time", "recurring"),
        "recurring": parameters.unsupported,
    }
)


def create(state: State, params: dict[str, Any]) -> Record:
    """A new price of an existing product."""
    amount = _amount(params)
    if state.get("product", params["product"]) is None:
        raise no_such("product", params["product"], param="product")
    _claim_lookup_key(state, params)
    price = state.add(_built(state, params, amount))
    events.record(state, "price.created", price)
    return price


def update(state: State, params: dict[str, Any], price_id: str) -> Record:
    """Change anything but the amount, the currency and the product."""
    before = retrieve(state, {}, price_id)
    if params.get("active") is False:
        _check_not_default(state, before)
    _check_tax_behavior(before, params)
    _claim_lookup_key(state, params, price_id)
    after = {
        **before,
        **{name: params[name] for name in params if name in before and name != "metadata"},
    }
    if "metadata" in params:
        after["metadata"] = parameters.merged(before["metadata"], params["metadata"])
    if after != before:
        state.save(after)
        events.record(state, "price.updated", after, before)
    return after


def retrieve(state: State, params: dict[str, Any], price_id: str) -> Record:
    """The price, or 404."""
    price = state.get("price", price_id)
    if price is None:
        raise no_such("price", price_id)
    return price


def named(state: State, price_id: str, param: str) -> Record:
    """The price a parameter names, or 400 about that parameter."""
    price = state.get("price", price_id)
    if price is None:
        raise no_such("price", price_id, param=param)
    return price


def list_all(state: State, params: dict[str, Any]) -> Record:
    """Prices, newest first.

    Only active ones, unless ``active`` says otherwise (api/prices/list).
    """
    wanted = lists.conditions({"active": True, **params}, "active", "currency", "product", "type")
    if "lookup_keys" in params:
        wanted.append(("lookup_key", "in", params["lookup_keys"]))
    return lists.page(state, "price", "/v1/prices", params, wanted)


def _amount(params: dict[str, Any]) -> Decimal:
    """The unit amount in minor units, given as a whole number or as a decimal."""
    if "unit_amount" in params and "unit_amount_decimal" in params:
        raise exclusive("unit_amount", "unit_amount_decimal")
    if "unit_amount" in params:
        return Decimal(params["unit_amount"])
    if "unit_amount_decimal" in params:
        return Decimal(params["unit_amount_decimal"])
    raise missing_parameter("unit_amount")


def _check_not_default(state: State, price: Record) -> None:
    product = state.get("product", price["product"])
    if product is not None and product["default_price"] == price["id"]:
        raise refused(IS_DEFAULT)


def _check_tax_behavior(price: Record, params: dict[str, Any]) -> None:
    wanted = params.get("tax_behavior", price["tax_behavior"])
    if wanted != price["tax_behavior"] != "unspecified":
        raise refused(
            "You cannot change the tax_behavior of a price once it has been set.", "tax_behavior"
        )


def _claim_lookup_key(state: State, params: dict[str, Any], price_id: str = "") -> None:
    """Lookup keys are unique; ``transfer_lookup_key`` takes one from the price that has it."""
    transfer = params.pop("transfer_lookup_key", False)
    key = params.get("lookup_key")
    holders = state.find("price", [("lookup_key", "eq", key)]) if key else []
    for holder in holders:
        if holder["id"] == price_id:
            continue
        if not transfer:
            message = f"A price (`{holder['id']}`) already uses that lookup key."
            raise refused(message, "lookup_key", "resource_already_exists")
        state.save({**holder, "lookup_key": None})


def _built(state: State, params: dict[str, Any], amount: Decimal) -> Record:
    return {
        "id": ids.new("price"),
        "object": "price",
        "active": params.get("active", True),
        "billing_scheme": "per_unit",
        "created": state.now(),
        "currency": params["currency"],
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": params.get("lookup_key"),
        "metadata": parameters.merged({}, params.get("metadata")),
        "nickname": params.get("nickname"),
        "product": params["product"],
        "recurring": None,
        "tax_behavior": params.get("tax_behavior", "unspecified"),
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "one_time",
        "unit_amount": int(amount) if amount == int(amount) else None,
        "unit_amount_decimal": f"{amount:f}",
    }
