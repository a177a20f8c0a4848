"""Whether Stripe has what a product's page says, in words for the editor."""

from dataclasses import dataclass

from products import stripe_account
from products.catalogue import desired_for, pages_for_sale
from products.models import Product, ProductPage, StripeProduct
from products.sync import is_in_sync


@dataclass(frozen=True)
class Status:
    """`label` is one of In step, Pending, Failing, Not for sale; `error` is what Stripe said last,
    or empty.
    """

    label: str
    error: str = ""
    stripe_id: str = ""


def status_of(page: ProductPage) -> Status:
    """The state of what is published, at the account of the shop's key; a draft's changes do not
    count yet.
    """
    account = stripe_account.known()
    row = _row(page, account.account) if account else None
    desired = desired_for(pages_for_sale().get(page.product_key))
    stripe_id = Product(translation_key=page.product_key).stripe_id if row else ""
    if is_in_sync(row, desired, account.account if account else ""):
        return Status("In step" if desired.active else "Not for sale", stripe_id=stripe_id)
    error = (row.last_error if row else "") or (account.last_error if account else "")
    return Status("Failing" if error else "Pending", error=error, stripe_id=stripe_id)


def _row(page: ProductPage, account: str) -> StripeProduct | None:
    return StripeProduct.objects.filter(
        product__translation_key=page.product_key, account=account
    ).first()
