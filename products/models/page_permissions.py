"""Who may publish a product page: publishing a price needs a permission of its own.

Wagtail asks these testers on every way to publish: the editor's buttons, bulk actions, workflows,
reverting, copying, aliases and scheduling ("Permissions" in Wagtail's documentation).
"""

from typing import Any

from wagtail.models import PagePermissionTester

CHANGE_PRICE = "products.change_price"
PRICE_FIELDS = ("price", "sale_price", "sale_from", "sale_until")


class ProductPagePermissions(PagePermissionTester):
    """Somebody without the permission publishes a page only if its price stays the live one."""

    def can_publish(self) -> bool:
        """Whether the page as it is now, and its newest revision, may go live."""
        if not super().can_publish():
            return False
        return self.user.has_perm(CHANGE_PRICE) or not changes_price(self.page)


class ProductIndexPermissions(PagePermissionTester):
    """A new page brings a new price."""

    def can_publish_subpage(self) -> bool:
        """Whether a page below this one may be published as soon as it is made."""
        return super().can_publish_subpage() and self.user.has_perm(CHANGE_PRICE)


def changes_price(page: Any) -> bool:
    """Whether publishing the page would change what shoppers pay.

    The page may have been changed in memory, as by the editor's form, or be a revision; the other
    ways to publish take the newest revision.
    """
    live = type(page).objects.filter(pk=page.pk, live=True)
    saved = live.only(*PRICE_FIELDS, "latest_revision").first()
    if saved is None or prices_of(page) != prices_of(saved):
        return True
    # Prices that the form has not changed are those of the newest revision.
    newest = saved.latest_revision
    return newest is not None and prices_of(newest.as_object()) != prices_of(saved)


def prices_of(page: Any) -> list[Any]:
    """What decides what shoppers pay, now and later."""
    return [getattr(page, name) for name in PRICE_FIELDS]
