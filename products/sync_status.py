"""Whether Stripe has what a product's page says, in words for the editor."""

from dataclasses import dataclass

from products.catalogue import desired_for
from products.models import ProductPage, StripeProduct


@dataclass(frozen=True)
class Status:
    """`label` is one of In step, Pending, Failing, Not for sale; `error` is what Stripe said last, or empty."""

    label: str
    error: str = ""
    stripe_id: str = ""


def status_of(page: ProductPage) -> Status:
    """The state of the live page at the account that was last pushed to; a draft's changes do not count yet."""
    row = StripeProduct.objects.filter(product__translation_key=page.product_key).select_related("product").last()
    live = ProductPage.objects.that_set_prices().live().filter(translation_key=page.product_key).first()
    if row is None:
        return Status("Pending" if live else "Not for sale")
    if row.last_error:
        return Status("Failing", error=row.last_error, stripe_id=row.product.stripe_id)
    if row.fingerprint != desired_for(live).fingerprint(row.account):
        return Status("Pending", stripe_id=row.product.stripe_id)
    return Status("In step" if live else "Not for sale", stripe_id=row.product.stripe_id)
