"""What stands at Stripe against what should: finds what somebody changed in the Dashboard, and has it pushed again."""

from collections.abc import Iterator

from products import accounts, catalogue
from products.archiving import archive_old_prices
from products.catalogue import Desired
from products.models import Product, StripePrice, StripeProduct
from products.sync import sync_catalogue
from stripe_gateway import catalogue as stripe_catalogue
from stripe_gateway.errors import NotFound


def differences() -> dict[Product, list[str]]:
    """Ask Stripe about every product, and say in words where it differs from what the pages say."""
    account = accounts.refresh()
    catalogue.ensure_products()
    pages = catalogue.live_pages()
    found = {
        product: list(_differences(product, catalogue.desired_for(pages.get(product.translation_key)), account))
        for product in Product.objects.order_by("pk")
    }
    return {product: texts for product, texts in found.items() if texts}


def repair() -> None:
    """Push what differs again, then archive prices that nobody pays at any more."""
    account = accounts.refresh()
    pages = catalogue.live_pages()
    for product in differences():
        desired = catalogue.desired_for(pages.get(product.translation_key))
        # What we remember of this product is not to be trusted: the push looks at every step again.
        StripeProduct.objects.filter(product=product, account=account).update(fingerprint="", created=False)
        prices = StripePrice.objects.filter(product=product, account=account)
        prices.filter(unit_amount=desired.unit_amount or 0).update(active=False)
    sync_catalogue()
    archive_old_prices(account)


def _differences(product: Product, desired: Desired, account: str) -> Iterator[str]:
    try:
        remote = stripe_catalogue.retrieve_product(product.stripe_id)
    except NotFound:
        if desired.active:
            yield "Stripe does not have it"
        return
    if remote.active != desired.active:
        yield f"Stripe has it {'active' if remote.active else 'inactive'}"
    if desired.copy is None:
        return
    if remote.name != desired.copy.name:
        yield f"Stripe calls it {remote.name!r}, the page {desired.copy.name!r}"
    yield from _price_differences(product, desired, remote.default_price)


def _price_differences(product: Product, desired: Desired, default_price: str) -> Iterator[str]:
    prices = {price.id: price for price in stripe_catalogue.list_prices(product.stripe_id)}
    default = prices.get(default_price)
    if default is None:
        yield "Stripe has no default price for it"
    elif (default.unit_amount, default.currency) != (desired.unit_amount, desired.currency):
        theirs, ours = (default.unit_amount, default.currency), (desired.unit_amount, desired.currency)
        yield f"Stripe's price is {theirs}, the page's {ours}"
    elif not default.active:
        yield "its price is archived at Stripe"
