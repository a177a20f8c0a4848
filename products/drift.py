"""Drift: finds what somebody changed in Stripe's Dashboard, and has it synced again."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from money import amount_text
from products import catalogue, stripe_account
from products.archiving import archive_old_prices
from products.catalogue import Desired
from products.models import Product, StripeProduct
from products.sellable import forget
from products.sync import sync_catalogue
from stripe_gateway import catalogue as stripe_catalogue
from stripe_gateway.catalogue import ProductCopy
from stripe_gateway.errors import NotFound

LABELS = {
    "name": "name",
    "description": "description",
    "images": "pictures",
    "url": "link",
    "tax_code": "tax code",
}


class RepairFailed(Exception):
    """Some products or prices could not be repaired. They are tried again at the next run."""


@dataclass(frozen=True)
class Drift:
    """A product that is not at Stripe as it should be; `texts` are the differences in words."""

    product: Product
    desired: Desired
    texts: list[str]


def differences() -> list[Drift]:
    """Compare every product with Stripe, and return those that differ. Raises GatewayError."""
    stripe_account.refresh()
    catalogue.ensure_products()
    pages = catalogue.all_for_sale()
    compared = [
        compare(product, catalogue.desired_for(pages.get(product.translation_key)))
        for product in Product.objects.order_by("pk")
    ]
    return [drift for drift in compared if drift.texts]


def repair() -> list[str]:
    """Sync the products that differ again, then archive old prices. Returns what could not be
    archived.

    The sync itself retries products that fail, and raises the alerts about them.
    """
    changed = differences()
    account = stripe_account.current()
    for drift in changed:
        # The sync skips a product that it has no row for and that should be inactive.
        StripeProduct.objects.get_or_create(product=drift.product, account=account)
        forget(drift.product, account, drift.desired.amounts)
    sync_catalogue()
    return archive_old_prices(account)


def compare(product: Product, desired: Desired) -> Drift:
    """Compare one product with Stripe. Raises GatewayError."""
    return Drift(product, desired, list(product_differences(product, desired)))


def product_differences(product: Product, desired: Desired) -> Iterator[str]:
    """What differs, in words."""
    try:
        remote = stripe_catalogue.retrieve_product(product.stripe_id)
    except NotFound:
        if desired.active:
            yield "Stripe does not have it"
        return
    if remote.active != desired.active:
        yield f"it is {'active' if remote.active else 'archived'} at Stripe"
    if desired.copy is not None:
        yield from copy_differences(remote.copy_shown, desired.copy)
        yield from price_differences(product, desired, remote.default_price)


def copy_differences(remote: ProductCopy, ours: ProductCopy) -> Iterator[str]:
    """Which texts, pictures and links differ."""
    theirs = asdict(remote)
    for name, value in asdict(ours).items():
        if theirs[name] != value and (value or name != "tax_code"):
            yield both(LABELS[name], theirs[name], value)


def price_differences(product: Product, desired: Desired, default_price: str) -> Iterator[str]:
    """Whether the default price has another amount, is archived, or does not exist."""
    prices = {price.id: price for price in stripe_catalogue.list_prices(product.stripe_id)}
    default = prices.get(default_price)
    wanted = (desired.unit_amount, desired.currency)
    if default is None:
        yield "it has no default price at Stripe"
    elif (found := (default.unit_amount, default.currency)) != wanted:
        yield both(
            "price", *(amount_text(amount or 0, currency) for amount, currency in (found, wanted))
        )
    elif not default.active:
        yield "its price is archived at Stripe"
    active = {price.unit_amount for price in prices.values() if price.active}
    for amount in desired.planned_amounts:
        if amount not in active:
            text = amount_text(amount, desired.currency)
            yield f"the price of the planned sale, {text}, is missing or archived at Stripe"


def both(label: str, theirs: str | tuple[str, ...], ours: str | tuple[str, ...]) -> str:
    """A difference in words: the value at Stripe and the one on the page."""
    at_stripe, on_page = (
        ", ".join(value) if isinstance(value, tuple) else value for value in (theirs, ours)
    )
    return f"{label} at Stripe: {at_stripe or 'none'}; on the page: {on_page or 'none'}"
