"""Ready to open: what an owner does before the first shopper comes, and whether it is done."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.components import Component

from mail.models import Message
from orders.models import CheckoutSettings, Refund, StripeEvent
from orders.statuses import EventOutcome, RefundStatus
from products.models import ProductIndexPage, ProductPage
from shop_settings.models import LEGAL_PAGES, ShopSettings
from worker.models import JobRun

PERMISSION = "shop_settings.change_shopsettings"


@dataclass(frozen=True)
class Item:
    """One line of the list: what to do, where, and whether it is done."""

    text: str | Promise
    url: str
    is_done: bool


def items() -> list[Item]:
    """The list, in the order in which an owner works through it."""
    shop, checkout = ShopSettings.current(), CheckoutSettings.current()
    settings_url = reverse("wagtailsettings:edit", args=["shop_settings", "shopsettings"])
    checkout_url = reverse("wagtailsettings:edit", args=["orders", "checkoutsettings"])
    for_sale = ProductPage.objects.for_sale()
    has_seller = all((shop.legal_name, shop.legal_address, shop.contact_email))
    has_pages = len(shop.legal_pages) == len(LEGAL_PAGES)
    has_zones = bool(checkout.zones) or not ProductPage.objects.filter(needs_shipping=True).exists()
    refunded = Refund.objects.filter(status=RefundStatus.SUCCEEDED)
    received = StripeEvent.objects.filter(outcome=EventOutcome.PROCESSED)
    sent = Message.objects.filter(status=Message.Status.SENT)
    return [
        Item(_("Enter the seller's name, address and email address"), settings_url, has_seller),
        Item(_("Correct and publish the legal pages"), legal_url(shop), has_pages),
        Item(_("Publish products with a price"), products_url(), for_sale.exists()),
        Item(_("Decide where you deliver, and for how much"), checkout_url, has_zones),
        Item(_("Make sure the worker is running"), reverse("jobs"), not JobRun.objects.late()),
        Item(_("Send yourself a test email"), reverse("mail_admin:index"), sent.exists()),
        Item(
            _("Buy something, so that Stripe sends the shop an event"),
            reverse("events_admin:index"),
            received.exists(),
        ),
        Item(_("Refund this test order"), reverse("orders_admin:index"), refunded.exists()),
        Item(_("Note where the backups are"), settings_url, bool(shop.backups)),
    ]


def legal_url(shop: ShopSettings) -> str:
    """The first legal page that is not published, or the settings if one is not chosen."""
    pages = [getattr(shop, name) for name in LEGAL_PAGES]
    if None in pages:
        return reverse("wagtailsettings:edit", args=["shop_settings", "shopsettings"])
    draft = next((page for page in pages if not page.live), pages[0])
    return reverse("wagtailadmin_pages:edit", args=[draft.pk])


def products_url() -> str:
    """Where product pages are written."""
    index = ProductIndexPage.objects.first()
    if index is None:
        return reverse("wagtailadmin_explore_root")
    return reverse("wagtailadmin_explore", args=[index.pk])


class ChecklistPanel(Component):
    """The list on the admin's home page, until everything is done."""

    name = "ready_to_open"
    template_name = "home/admin/checklist.html"
    order = 60

    def __init__(self, found: list[Item]) -> None:
        self._items = found

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        """Return the items, and how many are done."""
        return {"items": self._items, "done": sum(item.is_done for item in self._items)}


def add_panel(request: HttpRequest, panels: list[Component]) -> None:
    """Show the list to those who may change the shop's settings, if something is left to do."""
    if not request.user.has_perm(PERMISSION):
        return
    found = items()
    if not all(item.is_done for item in found):
        panels.append(ChecklistPanel(found))
