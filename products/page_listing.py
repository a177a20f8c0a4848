"""The list of products in Wagtail's page explorer: with price, stock, and the state at Stripe."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.pages.listing import ExplorableIndexView
from wagtail.admin.viewsets.pages import PageViewSet

from money import amount_text
from products import stripe_account
from products.catalogue import desired_for, pages_for_sale
from products.models import ProductPage, Stock, StripeProduct
from products.sync_state import sync_status

NOTHING = "–"


class ProductsView(ExplorableIndexView):
    """Wagtail's list; the values of the columns are read once for all rows."""

    base_columns = [
        *ExplorableIndexView.base_columns,
        Column("listed_price", label=gettext_lazy("Price"), width="10%"),
        Column("listed_stock", label=gettext_lazy("Stock"), width="8%"),
        Column("listed_state", label=gettext_lazy("Stripe"), width="10%"),
    ]

    def get_table(self, object_list: Any) -> Any:
        """Add the values to the rows."""
        rows = list(object_list)
        add_values([row for row in rows if isinstance(row, ProductPage)])
        return super().get_table(rows)


def add_values(pages: list[ProductPage]) -> None:
    """Set `listed_price`, `listed_stock` and `listed_state`, with three queries for all pages.

    The price is the one that the page has, and the state that of the published version.
    """
    known = stripe_account.known()
    account, error = (known.account, known.last_error) if known else ("", "")
    keys = {page.product_key for page in pages}
    for_sale = pages_for_sale(keys)
    stocks = dict(
        Stock.objects.filter(product__translation_key__in=keys).values_list(
            "product__translation_key", "on_hand"
        )
    )
    found = StripeProduct.objects.filter(account=account, product__translation_key__in=keys)
    mirror = {row.product.translation_key: row for row in found.select_related("product")}
    for page in pages:
        key = page.product_key
        row, desired = mirror.get(key), desired_for(for_sale.get(key))
        amount = page.unit_amount
        page.listed_price = amount_text(amount, page.currency) if amount else NOTHING
        page.listed_stock = stocks.get(key, _("Not limited"))
        state = sync_status(row, desired, account, row.last_error if row else error)
        page.listed_state = state.label


class ProductPageViewSet(PageViewSet):
    """Product pages in the explorer."""

    model = ProductPage
    index_view_class = ProductsView
