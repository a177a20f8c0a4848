"""What stands at Stripe against what should: finds what somebody changed in the Dashboard, and has
it pushed again.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from products import catalogue, stripe_account
from products.archiving import archive_old_prices
from products.catalogue import Desired
from products.models import Product, StripeProduct
from products.sellable import forget
from products.sync import sync_catalogue
from stripe_gateway import catalogue as stripe_catalogue
from stripe_gateway.catalogue import ProductCopy
from stripe_gateway.errors import NotFound


class RepairFailed(Exception):
    """Some of it went wrong; it is tried again."""


@dataclass(frozen=True)
class Drift:
    """A product that Stripe has otherwise than it should; `texts` say in which ways."""

    product: Product
    desired: Desired
    texts: list[str]


def differences() -> list[Drift]:
    """Ask Stripe about every product: those that differ from what the pages say.

    Raises GatewayError.
    """
    stripe_account.refresh()
    catalogue.ensure_products()
    pages = catalogue.all_for_sale()
    wanted = {
        product: catalogue.desired_for(pages.get(product.translation_key))
        for product in Product.objects.order_by("pk")
    }
    looked_at = [
        Drift(product, desired, list(_differences(product, desired)))
        for product, desired in wanted.items()
    ]
    return [drift for drift in looked_at if drift.texts]


def repair() -> list[str]:
    """Push what differs again, then archive prices that nobody pays at any more. Returns what could
    not be archived.

    What could not be pushed is tried again, and told of, by the sync.
    """
    changed = differences()
    account = stripe_account.current()
    for drift in changed:
        StripeProduct.objects.get_or_create(
            product=drift.product, account=account
        )  # so that it is pushed at all
        forget(drift.product, account, unit_amount=drift.desired.unit_amount)
    sync_catalogue()
    return archive_old_prices(account)


def _differences(product: Product, desired: Desired) -> Iterator[str]:
    try:
        remote = stripe_catalogue.retrieve_product(product.stripe_id)
    except NotFound:
        if desired.active:
            yield "Stripe does not have it"
        return
    if remote.active != desired.active:
        yield f"Stripe has it {'active' if remote.active else 'inactive'}"
    if desired.copy is not None:
        yield from _copy_differences(remote.copy_shown, desired.copy)
        yield from _price_differences(product, desired, remote.default_price)


def _copy_differences(remote: ProductCopy, ours: ProductCopy) -> Iterator[str]:
    theirs = asdict(remote)
    for name, value in asdict(ours).items():
        if theirs[name] != value:
            yield f"its {name} is {theirs[name]!r} at Stripe, {value!r} on the page"


def _price_differences(product: Product, desired: Desired, default_price: str) -> Iterator[str]:
    prices = {price.id: price for price in stripe_catalogue.list_prices(product.stripe_id)}
    default = prices.get(default_price)
    if default is None:
        yield "Stripe has no default price for it"
    elif (default.unit_amount, default.currency) != (desired.unit_amount, desired.currency):
        theirs, ours = (
            (default.unit_amount, default.currency),
            (desired.unit_amount, desired.currency),
        )
        yield f"its price is {theirs} at Stripe, {ours} on the page"
    elif not default.active:
        yield "its price is archived at Stripe"
