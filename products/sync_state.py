"""Whether Stripe has what the published page of a product says, for the page editor."""

from dataclasses import dataclass
from datetime import datetime

from products import stripe_account
from products.catalogue import Desired, desired_for, page_for_sale
from products.models import Product, ProductPage, StripePrice, StripeProduct
from products.statuses import SyncStatus
from products.sync import is_in_sync
from stripe_gateway.account import is_live


@dataclass(frozen=True, kw_only=True)
class SyncState:
    """What the price panel shows. A draft's changes do not count.

    `unit_amount` is what shoppers pay now, in minor units of `currency`, and `regular_amount` what
    they pay without a sale; None if the product is not for sale. `error` is what Stripe said last.
    The ids are empty until Stripe has the objects.
    """

    status: SyncStatus
    currency: str
    unit_amount: int | None = None
    regular_amount: int | None = None
    error: str = ""
    product_id: str = ""
    price_id: str = ""
    synced_at: datetime | None = None
    drift: str = ""
    drift_found_at: datetime | None = None

    @property
    def product_url(self) -> str:
        """The product in the Stripe Dashboard."""
        return f"{dashboard()}/products/{self.product_id}"

    @property
    def price_url(self) -> str:
        """The price in the Stripe Dashboard."""
        return f"{dashboard()}/prices/{self.price_id}"


def dashboard() -> str:
    """The Dashboard's address for the mode of the shop's key (docs.stripe.com/test-mode)."""
    return "https://dashboard.stripe.com" + ("" if is_live() else "/test")


def sync_state(page: ProductPage) -> SyncState:
    """The state of a page's product in the account of the shop's Stripe key."""
    known = stripe_account.known()
    account = known.account if known else ""
    live = page_for_sale(page.product_key)
    desired = desired_for(live)
    products = StripeProduct.objects.filter(product__translation_key=page.product_key)
    row = products.filter(account=account).first()
    error = (row.last_error if row else "") or (known.last_error if known else "")
    status = sync_status(row, desired, account, error)
    return SyncState(
        status=status,
        currency=desired.currency,
        unit_amount=desired.unit_amount,
        regular_amount=live.regular_amount if live else None,
        error="" if status in (SyncStatus.IN_SYNC, SyncStatus.NOT_FOR_SALE) else error,
        product_id=Product(translation_key=page.product_key).stripe_id if row else "",
        synced_at=row.synced_at if row else None,
        drift=row.drift if row else "",
        drift_found_at=row.drift_found_at if row else None,
        price_id=price_id(page, account, desired),
    )


def sync_status(
    row: StripeProduct | None, desired: Desired, account: str, error: str
) -> SyncStatus:
    """The status of a product that Stripe should have as `desired`."""
    if is_in_sync(row, desired, account):
        return SyncStatus.IN_SYNC if desired.active else SyncStatus.NOT_FOR_SALE
    return SyncStatus.FAILED if error else SyncStatus.PENDING


def price_id(page: ProductPage, account: str, desired: Desired) -> str:
    """The id of the Stripe Price that is charged now, or empty."""
    prices = StripePrice.objects.filter(
        product__translation_key=page.product_key,
        account=account,
        active=True,
        unit_amount=desired.unit_amount or 0,  # no price is 0
        currency=desired.currency,
    )
    return prices.values_list("stripe_id", flat=True).first() or ""
