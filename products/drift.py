"""Drift: finds what somebody changed in the Stripe Dashboard, and has it synced again.

Every product is compared once an hour, and one at once after an event says that it, or a price of
it, has changed at Stripe. What was found stays in the product's row, for staff to read.
"""

from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from products import catalogue, policy, stripe_account
from products.archiving import archive_old_prices
from products.catalogue import Desired
from products.differences import product_differences
from products.models import Product, StripeProduct
from products.sellable import forget
from products.sync import is_in_sync, sync_catalogue, try_to_sync
from stripe_gateway.errors import GatewayError


class RepairFailed(Exception):
    """Some products or prices could not be repaired. They are tried again at the next run."""


@dataclass(frozen=True)
class Comparison:
    """How a product at Stripe differs from its page, in words; or why Stripe did not answer."""

    product: Product
    desired: Desired
    differences: list[str] = field(default_factory=list)
    error: str = ""

    @property
    def sentences(self) -> list[str]:
        """Both, each with the product's name."""
        name = self.desired.name or str(self.product)
        texts = [*self.differences, *([self.error] if self.error else [])]
        return [f"{name}: {text}" for text in texts]


def compare_all() -> list[Comparison]:
    """Compare every product with Stripe, and return those that differ or could not be compared.

    If Stripe does not answer several times in a row, the other products are not asked about. Raises
    GatewayError if it does not even say whose key it is.
    """
    stripe_account.refresh()
    catalogue.ensure_products()
    pages = catalogue.all_for_sale()
    unanswered, found = 0, []
    for product in Product.objects.order_by("pk"):
        desired = catalogue.desired_for(pages.get(product.translation_key))
        if unanswered == policy.UNANSWERED_UNTIL_PAUSE:
            text = _("Not compared, because Stripe does not answer.")
            found.append(Comparison(product, desired, error=text))
            continue
        comparison = compare(product, desired)
        unanswered = unanswered + 1 if comparison.error else 0
        found.append(comparison)
    return [each for each in found if each.sentences]


def compare(product: Product, desired: Desired) -> Comparison:
    """Compare one product with Stripe."""
    try:
        return Comparison(product, desired, list(product_differences(product, desired)))
    except GatewayError as error:
        return Comparison(product, desired, error=str(error))


def repair() -> list[str]:
    """Sync the products that differ again, then archive old prices. Returns a sentence per product
    that could not be compared and price that could not be archived. Raises GatewayError.

    The sync itself retries products that fail, and raises the alerts about them.
    """
    compared = compare_all()
    account = stripe_account.current()
    for comparison in compared:
        record(comparison, account)
    sync_catalogue()
    unanswered = [text for each in compared if each.error for text in each.sentences]
    return [*unanswered, *archive_old_prices(account)]


def record(comparison: Comparison, account: str) -> None:
    """Store what differs, and forget what we know of the product, so that the sync repairs it."""
    if comparison.error or not comparison.differences:
        return
    # The sync skips a product that it has no row for and that should be inactive.
    row, _is_new = StripeProduct.objects.get_or_create(product=comparison.product, account=account)
    if is_in_sync(row, comparison.desired, account):  # else the sync has not sent it yet
        row.drift, row.drift_found_at = " ".join(comparison.differences), timezone.now()
        row.save(update_fields=["drift", "drift_found_at"])
    forget(comparison.product, account, comparison.desired.amounts)


def ask_to_compare(stripe_id: str) -> bool:
    """Have a product compared at once: an event says that somebody changed it at Stripe. Returns
    whether it is ours. Our own changes cause events, too.
    """
    try:
        key = UUID(stripe_id.removeprefix("prod_"))
    except ValueError:
        return False
    rows = StripeProduct.objects.filter(product__translation_key=key)
    return bool(rows.update(must_compare=True))


def compare_changed() -> None:
    """Compare the products that events were about, and repair those that differ. Raises
    GatewayError.

    One product is compared once a minute at most: a difference that the sync cannot repair would
    otherwise cause an event, and the next comparison, forever.
    """
    account = stripe_account.current()
    before = timezone.now() - policy.COMPARE_AGAIN_AFTER
    asked = StripeProduct.objects.filter(account=account, must_compare=True)
    for row in asked.filter(Q(compared_at=None) | Q(compared_at__lt=before)):
        compare_now(row)


def compare_now(row: StripeProduct) -> Comparison:
    """Compare one product, and repair it if it differs."""
    # Before the requests: an event that comes in the meantime asks for the next comparison.
    StripeProduct.objects.filter(pk=row.pk).update(must_compare=False, compared_at=timezone.now())
    desired = catalogue.desired_for(catalogue.page_for_sale(row.product.translation_key))
    comparison = compare(row.product, desired)
    if comparison.error:  # ask again in a minute
        StripeProduct.objects.filter(pk=row.pk).update(must_compare=True)
    record(comparison, row.account)
    if comparison.differences:
        try_to_sync(row.product, desired, row.account, now=True)
    return comparison
