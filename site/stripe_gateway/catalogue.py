"""Products and prices at Stripe.

Source of the rules: docs.stripe.com/products-prices/manage-prices.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from stripe.params import (
    PriceCreateParams,
    PriceListParams,
    ProductCreateParams,
    ProductUpdateParams,
)

from stripe_gateway.calls import translated
from stripe_gateway.client import stripe_client
from stripe_gateway.errors import AlreadyExists, NotFound, Refused
from stripe_gateway.parsing import Amount, Flag, Reference, StripeModel, Text, Url, parse
from stripe_gateway.policy import PAGE_SIZE

# Stripe then applies the account's tax settings
# (docs.stripe.com/tax/products-prices-tax-codes-tax-behavior).
TAX_BEHAVIOR = "unspecified"


@dataclass(frozen=True, kw_only=True)
class ProductCopy:
    """What Stripe shows of a product on its payment page and receipts, and how it taxes it.

    An empty tax code leaves the one that Stripe has, such as one set in the Dashboard.
    """

    name: str
    description: str
    images: tuple[str, ...]
    url: str
    tax_code: str = ""


class Product(StripeModel):
    """A product as Stripe has it. `default_price` is the id of a price, or empty."""

    name: Text
    description: Text = ""
    images: tuple[Url, ...] = ()
    url: Url = ""
    tax_code: Reference = ""
    active: Flag
    default_price: Reference = ""

    @property
    def copy_shown(self) -> ProductCopy:
        """The copy, to compare with what we sent."""
        return ProductCopy(
            name=self.name,
            description=self.description,
            images=self.images,
            url=self.url,
            tax_code=self.tax_code,
        )


class Price(StripeModel):
    """A price; `unit_amount` in minor units, None where Stripe has a fraction of one."""

    id: Text
    unit_amount: Amount | None = None
    currency: Text
    tax_behavior: Text = TAX_BEHAVIOR
    active: Flag


def retrieve_product(product_id: str) -> Product:
    """Ask Stripe for a product. Raises NotFound."""
    with translated():
        found = stripe_client().v1.products.retrieve(product_id).to_dict()
    return parse(Product, found)


def ensure_product(product_id: str, copy: ProductCopy) -> None:
    """Create the product under our own id, or keep the one that has it.

    Our own ids make this safe to repeat, as Stripe advises for catalogues kept elsewhere.
    """
    params: ProductCreateParams = {"id": product_id, "name": copy.name}
    with suppress(AlreadyExists), translated():
        stripe_client().v1.products.create(params)


def update_product(
    product_id: str, copy: ProductCopy | None, *, active: bool, default_price: str | None
) -> None:
    """Send what a product should be. None keeps the copy or the default price that it has."""
    params: ProductUpdateParams = {"active": active}
    if copy is not None:
        params |= {
            "name": copy.name,
            "description": copy.description,
            # An empty text clears the list; the library does not send an empty list at all.
            "images": list(copy.images) or "",
            "url": copy.url,
        }
        if copy.tax_code:
            params["tax_code"] = copy.tax_code
    if default_price is not None:
        params["default_price"] = default_price
    with translated():
        stripe_client().v1.products.update(product_id, params)


def list_prices(product_id: str) -> Iterator[Price]:
    """Every one-time price of a product, active ones first."""
    # Without `active`, Stripe leaves archived prices out.
    for active in (True, False):
        params: PriceListParams = {
            "product": product_id,
            "active": active,
            "type": "one_time",
            "limit": PAGE_SIZE,
        }
        with translated():
            for found in stripe_client().v1.prices.list(params).auto_paging_iter():
                yield parse(Price, found.to_dict())


def find_price(product_id: str, *, unit_amount: int, currency: str) -> Price | None:
    """A price of this product and amount with our tax behaviour, an active one if there is one."""
    wanted = (unit_amount, currency, TAX_BEHAVIOR)
    for price in list_prices(product_id):
        if (price.unit_amount, price.currency, price.tax_behavior) == wanted:
            return price
    return None


def ensure_price(product_id: str, *, unit_amount: int, currency: str, known_id: str = "") -> str:
    """Return the id of an active price of this amount.

    It is the known one, else one that the product has, else a new one. An archived one is made
    active again. Raises NotFound if Stripe does not have the product.
    """
    if known_id and activated(known_id):
        return known_id
    price = find_price(product_id, unit_amount=unit_amount, currency=currency)
    price = price or create_or_find_price(product_id, unit_amount=unit_amount, currency=currency)
    if not price.active:
        set_price_active(price.id, True)
    return price.id


def activated(price_id: str) -> bool:
    """Make a price active. Returns whether it exists: the Dashboard can delete an unused one."""
    try:
        set_price_active(price_id, True)
    except NotFound:
        return False
    return True


def create_or_find_price(product_id: str, *, unit_amount: int, currency: str) -> Price:
    """Create a price, or find the one that somebody else created at the same moment."""
    try:
        return create_price(product_id, unit_amount=unit_amount, currency=currency)
    except NotFound:
        raise
    except Refused:
        # Our lookup key is taken: by this price, created since we looked, or by another one.
        found = find_price(product_id, unit_amount=unit_amount, currency=currency)
        return found or create_price(
            product_id, unit_amount=unit_amount, currency=currency, take_key=True
        )


def create_price(
    product_id: str, *, unit_amount: int, currency: str, take_key: bool = False
) -> Price:
    """Create a price. Raises Refused if its lookup key is taken.

    Stripe keeps lookup keys unique (docs.stripe.com/products-prices/manage-prices#lookup-keys), so
    two callers cannot create the same price. An idempotency key would not do: Stripe also stores
    failures under it and would repeat an outage's 500 for a day. `take_key` takes the lookup key
    from the price that has it, because in the Dashboard anybody may move it.
    """
    params: PriceCreateParams = {
        "product": product_id,
        "unit_amount": unit_amount,
        "currency": currency,
        "lookup_key": f"{product_id}_{unit_amount}_{currency}",
        "transfer_lookup_key": take_key,
    }
    with translated():
        created = stripe_client().v1.prices.create(params).to_dict()
    return parse(Price, created)


def set_price_active(price_id: str, active: bool) -> None:
    """Archive a price or make it active again. Stripe refuses to archive a default price."""
    with translated():
        stripe_client().v1.prices.update(price_id, {"active": active})
