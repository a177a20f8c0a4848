"""What Stripe must have before a product can be sold: the active product, and an active price.

That is less than being in sync (`sync.py`). A checkout creates what is missing itself.
"""

from collections.abc import Collection
from typing import Any

from products import stripe_account
from products.catalogue import Desired
from products.models import Product, StripePrice, StripeProduct
from stripe_gateway import catalogue as stripe_catalogue
from stripe_gateway.catalogue import TAX_BEHAVIOR, ProductCopy
from stripe_gateway.errors import NotFound


def sellable_price(product: Product, account: str, desired: Desired) -> StripePrice:
    """The price to sell at. Calls Stripe only for what is missing there. Raises GatewayError."""
    if desired.copy is None or desired.unit_amount is None:
        raise ValueError("No page sells this product.")
    row, _ = StripeProduct.objects.get_or_create(product=product, account=account)
    ensure_created(row, desired.copy)
    if not row.active:
        activate(row, desired.copy)
    return active_price(
        product, account, unit_amount=desired.unit_amount, currency=desired.currency
    )


def activate(row: StripeProduct, copy: ProductCopy) -> None:
    """Make the product active at Stripe, which refuses to sell it otherwise.

    An editor may be unpublishing it at this moment, so the next sync has to check it again.
    """
    look_again = {"fingerprint": "", "sync_id": None}
    StripeProduct.objects.filter(pk=row.pk).update(**look_again)
    stripe_catalogue.update_product(row.product.stripe_id, copy, active=True, default_price=None)
    StripeProduct.objects.filter(pk=row.pk).update(**look_again, active=True)


def ensure_created(row: StripeProduct, copy: ProductCopy) -> None:
    """Create or adopt the product at Stripe, once per account.

    Raises NotFound if the key belongs to another account now.
    """
    if not row.created:
        # Every other call fails in another account, but this one would create the product there.
        if stripe_account.refresh() != row.account:
            raise NotFound(f"The key no longer belongs to the account {row.account}.")
        stripe_catalogue.ensure_product(row.product.stripe_id, copy)
        StripeProduct.objects.filter(pk=row.pk).update(created=True)
        row.created = True


def active_price(product: Product, account: str, *, unit_amount: int, currency: str) -> StripePrice:
    """The row of an active price of this amount. Calls Stripe only if we know of none."""
    choice: dict[str, Any] = {
        "unit_amount": unit_amount,
        "currency": currency,
        "tax_behavior": TAX_BEHAVIOR,
    }
    known = StripePrice.objects.filter(product=product, account=account, **choice).first()
    if known and known.active:
        return known
    stripe_id = stripe_catalogue.ensure_price(
        product.stripe_id,
        unit_amount=unit_amount,
        currency=currency,
        known_id=known.stripe_id if known else "",
    )
    found, _ = StripePrice.objects.update_or_create(
        product=product,
        account=account,
        **choice,
        defaults={"stripe_id": stripe_id, "active": True},
    )
    return found


def forget(product: Product, account: str, amounts: Collection[int]) -> None:
    """Forget what we recorded about a product and its prices of these amounts at Stripe, because it
    is no longer true. The next sync checks everything again.
    """
    prices = StripePrice.objects.filter(product=product, account=account)
    prices.filter(unit_amount__in=amounts).update(active=False)
    StripeProduct.objects.filter(product=product, account=account).update(
        created=False, active=False, fingerprint="", sync_id=None
    )
