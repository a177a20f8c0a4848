"""Products and Prices at Stripe.

Source of the rules: docs.stripe.com/products-prices/manage-prices.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import stripe
from stripe.params import (
    PriceCreateParams,
    PriceListParams,
    ProductCreateParams,
    ProductUpdateParams,
)

from stripe_gateway.client import patient
from stripe_gateway.errors import AlreadyExists, translated
from stripe_gateway.reading import address, flag, integer, optional_text, reference, text

# Prices whose `tax_behavior` is left open take the account's tax settings.
TAX_BEHAVIOR = "unspecified"


@dataclass(frozen=True, kw_only=True)
class ProductCopy:
    """What Stripe shows of a product on its payment page and receipts."""

    name: str
    description: str
    images: tuple[str, ...]
    url: str


@dataclass(frozen=True, kw_only=True)
class Price:
    """A Price at Stripe; `unit_amount` in minor units, None where Stripe holds a fraction."""

    id: str
    unit_amount: int | None
    currency: str
    tax_behavior: str
    active: bool


@dataclass(frozen=True, kw_only=True)
class RemoteProduct:
    """A product as Stripe has it."""

    copy: ProductCopy
    active: bool
    default_price: str


def retrieve_product(product_id: str) -> RemoteProduct:
    """Ask Stripe for a product. Raises NotFound."""
    with translated():
        found = patient().v1.products.retrieve(product_id).to_dict()
    copy = ProductCopy(
        name=text(found, "name"),
        description=optional_text(found, "description"),
        images=tuple(found.get("images") or ()),
        url=address(found, "url"),
    )
    return RemoteProduct(
        copy=copy, active=flag(found, "active"), default_price=reference(found, "default_price")
    )


def ensure_product(product_id: str, copy: ProductCopy) -> None:
    """Create the product under our own id, or adopt the one that has it; Stripe's own advice for
    keeping in step.
    """
    params: ProductCreateParams = {"id": product_id, "name": copy.name}
    with suppress(AlreadyExists), translated():
        patient().v1.products.create(params)


def update_product(
    product_id: str, copy: ProductCopy | None, *, active: bool, default_price: str | None
) -> None:
    """Make Stripe's product say what ours says.

    None leaves the copy or the default price that it has.
    """
    params: ProductUpdateParams = {"active": active}
    if copy is not None:
        params |= {
            "name": copy.name,
            "description": copy.description,
            "images": list(copy.images)
            or "",  # an empty string clears a list, an empty list would be dropped
            "url": copy.url,
        }
    if default_price is not None:
        params["default_price"] = default_price
    with translated():
        patient().v1.products.update(product_id, params)


def list_prices(product_id: str) -> Iterator[Price]:
    """Every one-time Price of a product, active ones first.

    Without `active` Stripe's list leaves archived ones out.
    """
    for active in (True, False):
        params: PriceListParams = {
            "product": product_id,
            "active": active,
            "type": "one_time",
            "limit": 100,
        }
        with translated():
            yield from map(_price, patient().v1.prices.list(params).auto_paging_iter())


def create_price(
    product_id: str, *, unit_amount: int, currency: str, take_key: bool = False
) -> Price:
    """Create a Price. Raises Refused where one of this product, amount and currency was made this
    way before.

    Two callers at once are kept apart by the lookup key, which Stripe holds unique. An idempotency
    key of our own would not do: Stripe stores failures under it too, and would repeat an outage's
    500 for a day. `take_key` takes the lookup key away from a Price that has it wrongly: in the
    Dashboard anybody may move it.
    """
    params: PriceCreateParams = {
        "product": product_id,
        "unit_amount": unit_amount,
        "currency": currency,
        "lookup_key": f"{product_id}_{unit_amount}_{currency}",
        "transfer_lookup_key": take_key,
    }
    with translated():
        return _price(patient().v1.prices.create(params))


def set_price_active(price_id: str, active: bool) -> None:
    """Archive a Price or bring it back. Stripe refuses to archive a product's default price."""
    with translated():
        patient().v1.prices.update(price_id, {"active": active})


def _price(price: stripe.Price) -> Price:
    data = price.to_dict()
    return Price(
        id=text(data, "id"),
        unit_amount=None if data.get("unit_amount") is None else integer(data, "unit_amount"),
        currency=text(data, "currency"),
        tax_behavior=optional_text(data, "tax_behavior") or TAX_BEHAVIOR,
        active=flag(data, "active"),
    )
