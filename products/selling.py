"""What a sale needs of Stripe: the product exists and is active, and so does a price of the right amount.

That is less than being in step (`sync.py`), and a checkout sees to it by itself where the sync has not come by yet.
"""

from products.catalogue import Desired
from products.models import Product, StripePrice, StripeProduct
from stripe_gateway import catalogue as stripe_catalogue
from stripe_gateway.catalogue import TAX_BEHAVIOR, Price, ProductCopy
from stripe_gateway.errors import NotFound, Refused


def sellable_price(product: Product, account: str, desired: Desired) -> StripePrice:
    """The Price to sell at. Calls Stripe only for what is missing there. Raises GatewayError."""
    if desired.copy is None or desired.unit_amount is None:
        raise ValueError("A product without a live page is not for sale.")
    row, _ = StripeProduct.objects.get_or_create(product=product, account=account)
    ensure_created(row, desired.copy)
    if not row.active:
        stripe_catalogue.update_product(product.stripe_id, desired.copy, active=True, default_price=None)
        StripeProduct.objects.filter(pk=row.pk).update(active=True)
    return ensure_price(product, account, unit_amount=desired.unit_amount, currency=desired.currency)


def ensure_created(row: StripeProduct, copy: ProductCopy) -> None:
    """Create or adopt the product at Stripe, once per account."""
    if not row.created:
        stripe_catalogue.ensure_product(row.product.stripe_id, copy)
        StripeProduct.objects.filter(pk=row.pk).update(created=True)
        row.created = True


def ensure_price(product: Product, account: str, *, unit_amount: int, currency: str) -> StripePrice:
    """An active Price of this amount: the one we know, else one that Stripe has, else a new one."""
    choice = {"unit_amount": unit_amount, "currency": currency, "tax_behavior": TAX_BEHAVIOR}
    known = StripePrice.objects.filter(product=product, account=account, **choice).first()
    if known is None:
        found = _adopt_or_create(product, unit_amount=unit_amount, currency=currency)
        known, _ = StripePrice.objects.get_or_create(
            product=product, account=account, **choice, defaults={"stripe_id": found.id, "active": found.active}
        )
    if not known.active:
        stripe_catalogue.set_price_active(known.stripe_id, True)
        StripePrice.objects.filter(pk=known.pk).update(active=True)
        known.active = True
    return known


def forget_price(price: StripePrice) -> None:
    """Stripe says that this Price is archived or gone: the next sale makes sure of it and of its product."""
    StripePrice.objects.filter(pk=price.pk).update(active=False)
    StripeProduct.objects.filter(product=price.product, account=price.account).update(active=False, fingerprint="")


def _adopt_or_create(product: Product, *, unit_amount: int, currency: str) -> Price:
    if found := _existing(product, unit_amount=unit_amount, currency=currency):
        return found
    try:
        return stripe_catalogue.create_price(product.stripe_id, unit_amount=unit_amount, currency=currency)
    except NotFound:
        raise
    except Refused:
        # Its lookup key is taken: somebody made this price since we looked.
        if found := _existing(product, unit_amount=unit_amount, currency=currency):
            return found
        raise


def _existing(product: Product, *, unit_amount: int, currency: str) -> Price | None:
    wanted = (unit_amount, currency, TAX_BEHAVIOR)
    prices = stripe_catalogue.list_prices(product.stripe_id)
    return next((price for price in prices if (price.unit_amount, price.currency, price.tax_behavior) == wanted), None)
