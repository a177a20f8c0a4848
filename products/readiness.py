"""What a product page still lacks before it is ready to sell. Nothing here blocks a publish."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from products.models import ProductPage
from products.statuses import SyncStatus
from products.sync_state import sync_state

SMALLEST_PICTURE = 800  # pixels wide: the product page shows it that large on a good screen


def shortcomings(page: ProductPage) -> list[str]:
    """A sentence per thing that this version of a page lacks; with the present price and stock."""
    return [*of_texts(page), *of_picture(page), *of_sale(page)]


def of_texts(page: ProductPage) -> Iterator[str]:
    """Texts that are missing."""
    if not page.summary:
        yield _("It has no summary: the list of products and the payment page show only its name.")
    if not (page.search_description or page.summary):
        yield _(
            "It has no description for search engines, so they will choose some text themselves."
        )


def of_picture(page: ProductPage) -> Iterator[str]:
    """A picture that is missing, small, or not described."""
    if page.image is None:
        yield _("It has no picture: shoppers see a placeholder.")
        return
    if page.image.width < SMALLEST_PICTURE:
        text = _(
            "Its picture is only %(width)s pixels wide; it needs at least %(enough)s to look sharp."
        )
        yield text % {"width": page.image.width, "enough": SMALLEST_PICTURE}
    if not (page.image_alt or page.image.description):  # see `picture_alt`
        yield _(
            "Its picture has no alt text, so shoppers who cannot see it do not know what it shows."
        )


def of_sale(page: ProductPage) -> Iterator[str]:
    """Why it cannot be bought now."""
    if not page.unit_amount:
        yield _("It has no price, so it cannot be bought.")
    stock = page.availability
    if stock is not None and stock.is_sold_out:
        yield _("It is sold out.")
    if sync_state(page).status == SyncStatus.FAILED:
        yield _("Stripe does not have the current version; see the message below the price.")
