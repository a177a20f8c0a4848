"""Products (docs.stripe.com/api/products)."""

from decimal import Decimal
from typing import Any

from stripe_sandbox import ids
from stripe_sandbox.errors import no_such, refused
from stripe_sandbox.objects import events, lists, parameters, prices
from stripe_sandbox.state import Record, State

DIMENSIONS = dict.fromkeys(["height", "length", "weight", "width"], parameters.decimal)
MARKETING_FEATURE = parameters.group({"name": parameters.text(80)}, ("name",))
TAX_DETAILS = parameters.group(
    {"performance_location": parameters.text(), "tax_code": parameters.text(clearable=True)}
)


def _writable(*, clearable: bool) -> dict[str, parameters.Reader]:
    """The parameters that create and update have in common; an update may also clear a field."""
    return {
        **parameters.EXPAND,
        "active": parameters.flag,
        "description": parameters.text(40_000, clearable=clearable),
        "images": parameters.listing(parameters.text(2048), 8, clearable=clearable),
        "marketing_features": parameters.listing(MARKETING_FEATURE, 15, clearable=clearable),
        "metadata": parameters.metadata,
        "name": parameters.text(5000),
        "package_dimensions": parameters.group(DIMENSIONS, tuple(DIMENSIONS)),
        "shippable": parameters.flag,
        "statement_descriptor": parameters.text(22),
        "tax_code": parameters.text(255, clearable=clearable),
        "tax_details": TAX_DETAILS,
        "unit_label": parameters.text(12, clearable=clearable),
        "url": parameters.text(2048, clearable=clearable),
    }


CREATE = parameters.group(
    {
        **_writable(clearable=False),
        "id": parameters.text(255),
        "type": parameters.only("service", "good"),
        "default_price_data": prices.FOR_PRODUCT,
    },
    ("name",),
)
UPDATE = parameters.group({**_writable(clearable=True), "default_price": parameters.text(255)})
RETRIEVE = parameters.group(parameters.EXPAND)
LIST = parameters.group(
    {
        **parameters.PAGE,
        "active": parameters.flag,
        "created": parameters.created,
        "ids": parameters.listing(parameters.text(255), 100),
        "shippable": parameters.flag,
        "type": parameters.choice("service", "good"),
        "url": parameters.text(2048),
    }
)


def create(state: State, params: dict[str, Any]) -> Record:
    """A new product, under the caller's own id if one is given, with a default price if one is
    described.
    """
    product_id = params.pop("id", None) or ids.new("prod")
    if state.seq("product", product_id) is not None:
        raise refused("Product already exists.", "id", "resource_already_exists")
    price = params.pop("default_price_data", None)
    product = state.add(_written(_blank(state, product_id), params))
    if price is not None:
        product["default_price"] = prices.create(state, {**price, "product": product_id})["id"]
        state.save(product)
    events.record(state, "product.created", product)
    return product


def update(state: State, params: dict[str, Any], product_id: str) -> Record:
    """Change the fields that were sent."""
    before = retrieve(state, {}, product_id)
    if "default_price" in params:
        _check_default_price(state, product_id, params["default_price"])
    after = _written(before, params)
    if after != before:
        after["updated"] = state.now()
        state.save(after)
        events.record(state, "product.updated", after, before)
    return after


def retrieve(state: State, params: dict[str, Any], product_id: str) -> Record:
    """The product, or 404."""
    product = state.get("product", product_id)
    if product is None:
        raise no_such("product", product_id)
    return product


def list_all(state: State, params: dict[str, Any]) -> Record:
    """Products, active or not, newest first."""
    wanted = lists.conditions(params, "active", "shippable", "type", "url")
    if "ids" in params:
        wanted.append(("id", "in", params["ids"]))
    return lists.page(state, "product", "/v1/products", params, wanted)


def _check_default_price(state: State, product_id: str, price_id: str) -> None:
    price = prices.named(state, price_id, "default_price")
    if price["product"] != product_id:
        raise refused(
            f"The price `{price_id}` does not belong to the product `{product_id}`.",
            "default_price",
        )
    if not price["active"]:
        raise refused(prices.INACTIVE, "default_price")


def _written(product: Record, params: dict[str, Any]) -> Record:
    """The product with the parameters in place."""
    changes = {
        name: value
        for name, value in params.items()
        if name not in ("metadata", "package_dimensions")
    }
    if "metadata" in params:
        changes["metadata"] = parameters.merged(product["metadata"], params["metadata"])
    if "package_dimensions" in params:
        changes["package_dimensions"] = {
            name: _number(size) for name, size in params["package_dimensions"].items()
        }
    return {**product, **changes}


def _number(size: Decimal) -> float:
    return float(round(size, 2))


def _blank(state: State, product_id: str) -> Record:
    now = state.now()
    return {
        "id": product_id,
        "object": "product",
        "active": True,
        "created": now,
        "default_price": None,
        "description": None,
        "images": [],
        "livemode": False,
        "marketing_features": [],
        "metadata": {},
        "name": "",
        "package_dimensions": None,
        "shippable": None,
        "statement_descriptor": None,
        "tax_code": None,
        "tax_details": None,
        "type": "service",
        "unit_label": None,
        "updated": now,
        "url": None,
    }
