"""What a sale needs of Stripe: the product exists and is active, and so does a price of the right
amount.

That is less than being in step (`sync.py`), and a checkout sees to it by itself where the sync has
not come by yet.
"""

from typing import Any

from products import stripe_account
from products.catalogue import Desired
from products.models import Product, StripePrice, StripeProduct
from stripe_gateway import catalogue as stripe_catalogue
from stripe_gateway.catalogue import TAX_BEHAVIOR, Price, ProductCopy
from stripe_gateway.errors import NotFound, Refused

Choice = dict[str, Any]  # what tells one Price of a product from another


def sellable_price(product: Product, account: str, desired: Desired) -> StripePrice:
    """The Price to sell at. Calls Stripe only for what is missing there. Raises GatewayError."""
    if desired.copy is None or desired.unit_amount is None:
        raise ValueError("A product without a page that sells it is not for sale.")
    row, _ = StripeProduct.objects.get_or_create(product=product, account=account)
    ensure_created(row, desired.copy)
    if not row.active:
        _activate(row, desired.copy)
    return ensure_price(
        product, account, unit_amount=desired.unit_amount, currency=desired.currency
    )


def _activate(row: StripeProduct, copy: ProductCopy) -> None:
    """Let Stripe sell it.

    An editor may be unpublishing it at this moment, so the sync has to look again after us.
    """
    look_again = {"fingerprint": "", "sync_id": None}
    StripeProduct.objects.filter(pk=row.pk).update(**look_again)
    stripe_catalogue.update_product(row.product.stripe_id, copy, active=True, default_price=None)
    StripeProduct.objects.filter(pk=row.pk).update(**look_again, active=True)


def ensure_created(row: StripeProduct, copy: ProductCopy) -> None:
    """Create or adopt the product at Stripe, once per account.

    Raises NotFound where the key opens another one now.
    """
    if not row.created:
        # Another account refuses everything else; a product would be made there, and noted here.
        if stripe_account.refresh() != row.account:
            raise NotFound(f"The key does not open account {row.account} any more.")
        stripe_catalogue.ensure_product(row.product.stripe_id, copy)
        StripeProduct.objects.filter(pk=row.pk).update(created=True)
        row.created = True


def ensure_price(product: Product, account: str, *, unit_amount: int, currency: str) -> StripePrice:
    """An active Price of this amount: the one we know, else one that Stripe has, else a new one."""
    choice: Choice = {
        "unit_amount": unit_amount,
        "currency": currency,
        "tax_behavior": TAX_BEHAVIOR,
    }
    known = StripePrice.objects.filter(product=product, account=account, **choice).first()
    if known and known.active:
        return known
    stripe_id = known.stripe_id if known else ""
    if not _activated(stripe_id):
        stripe_id = _adopt_or_create(product, unit_amount=unit_amount, currency=currency)
    found, _ = StripePrice.objects.update_or_create(
        product=product,
        account=account,
        **choice,
        defaults={"stripe_id": stripe_id, "active": True},
    )
    return found


def forget(product: Product, account: str, *, unit_amount: int | None) -> None:
    """What we noted of a product and its price of this amount is not true at Stripe: make sure of
    every step again.
    """
    prices = StripePrice.objects.filter(product=product, account=account)
    prices.filter(unit_amount=unit_amount or 0).update(active=False)  # no price is 0
    StripeProduct.objects.filter(product=product, account=account).update(
        created=False, active=False, fingerprint="", sync_id=None
    )


def _activated(stripe_id: str) -> bool:
    """Bring an archived Price back.

    False where there is none: the Dashboard can delete one that was never used.
    """
    try:
        if stripe_id:
            stripe_catalogue.set_price_active(stripe_id, True)
    except NotFound:
        return False
    return bool(stripe_id)


def _adopt_or_create(product: Product, *, unit_amount: int, currency: str) -> str:
    """The id of an active Price of this amount."""
    found = _existing(product, unit_amount=unit_amount, currency=currency)
    found = found or _created(product, unit_amount=unit_amount, currency=currency)
    if not found.active:
        stripe_catalogue.set_price_active(found.id, True)
    return found.id


def _created(product: Product, *, unit_amount: int, currency: str) -> Price:
    choice: Choice = {"unit_amount": unit_amount, "currency": currency}
    try:
        return stripe_catalogue.create_price(product.stripe_id, **choice)
    except NotFound:
        raise
    except Refused:
        # Our lookup key is taken: somebody made this price since we looked, or another price was
        # given our key.
        found = _existing(product, **choice)
        return found or stripe_catalogue.create_price(product.stripe_id, **choice, take_key=True)


def _existing(product: Product, *, unit_amount: int, currency: str) -> Price | None:
    wanted = (unit_amount, currency, TAX_BEHAVIOR)
    prices = stripe_catalogue.list_prices(product.stripe_id)
    return next(
        (
            price
            for price in prices
            if (price.unit_amount, price.currency, price.tax_behavior) == wanted
        ),
        None,
    )
