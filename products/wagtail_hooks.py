"""What the catalogue adds to Wagtail's admin."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import Permission
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.log_actions import LogActionRegistry
from wagtail.models import Page

from products.models import ProductPage
from products.models.page_permissions import CHANGE_PRICE
from products.page_listing import ProductPageViewSet
from products.readiness import of_picture, of_texts
from products.viewsets import LOG_ACTION, SYNC, VIEW, PricesReport, ProductAtStripe, may_see


@hooks.register("before_bulk_action")
def refuse_drafts_without_price(
    request: HttpRequest, action_type: str, objects: Iterable[Page], action: Any
) -> HttpResponse | None:
    """Name the drafts that still need a price, because a bulk action has no form to show errors."""
    if action_type != "publish":
        return None
    drafts = [page.get_latest_revision_as_object() for page in products_of(objects, action)]
    titles = [draft.title for draft in drafts if draft.price is None]
    if not titles:
        return None
    text = _("Nothing was published. These products need a price first: %(titles)s.")
    messages.error(request, text % {"titles": ", ".join(titles)})
    return redirect(action.next_url)


@hooks.register("before_publish_page")
def refuse_price(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Keep a new price as a draft. The editor decides whether somebody may publish before it reads
    the form, so it has asked about the old price only; the revision is saved by now.
    """
    if not isinstance(page, ProductPage) or page.permissions_for_user(request.user).can_publish():
        return None
    text = _("It was saved as a draft: only price editors may publish a new price.")
    messages.warning(request, text)
    return redirect("wagtailadmin_pages:edit", page.pk)


@hooks.register("insert_editor_js")
def preview_price() -> SafeString:
    """Load the script that shows what a price will do while it is typed."""
    return format_html('<script defer src="{}"></script>', static("products/price_preview.js"))


@hooks.register("register_permissions")
def register_permissions() -> Any:
    """List the permissions to publish and to sync prices where groups are edited."""
    names = [name.partition(".")[2] for name in (CHANGE_PRICE, SYNC, VIEW)]
    return Permission.objects.filter(content_type__app_label="products", codename__in=names)


@hooks.register("register_admin_viewset")
def register_product_pages() -> ProductPageViewSet:
    """Show price, stock and state in the page explorer."""
    return ProductPageViewSet("product_pages")


@hooks.register("register_admin_urls")
def register_urls() -> list[URLPattern]:
    """The report of prices at Stripe."""
    return [
        path("reports/prices/", PricesReport.as_view(), name="prices"),
        path("reports/prices/<int:pk>/", ProductAtStripe.as_view(), name="product_at_stripe"),
    ]


class PricesMenuItem(MenuItem):
    """Shown to those who may see what Stripe has."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Whether the user may see the report."""
        return may_see(request.user)


@hooks.register("register_reports_menu_item")
def register_menu_item() -> MenuItem:
    """Add "Prices at Stripe" to the reports."""
    label = gettext_lazy("Prices at Stripe")
    return PricesMenuItem(label, reverse("prices"), name="prices", icon_name="tag", order=20)


@hooks.register("register_log_actions")
def name_actions(actions: LogActionRegistry) -> None:
    """Name what editors did, for Wagtail's history of the page."""
    done = gettext_lazy("Compared and synced with Stripe")
    actions.register_action(LOG_ACTION, gettext_lazy("Sync with Stripe"), done)


@hooks.register("after_publish_page")
def warn_of_missing_picture(request: HttpRequest, page: Page) -> None:
    """Warn the editor that the product just published has no picture, and what else it lacks."""
    pages = ProductPage.objects.filter(pk=page.pk)
    warn_without_picture(request, pages)
    for product in pages:
        others = [*of_texts(product), *(of_picture(product) if product.image else [])]
        if others:
            messages.info(request, " ".join([_("Before you sell it:"), *others]))


@hooks.register("after_bulk_action")
def warn_of_missing_pictures(
    request: HttpRequest, action_type: str, objects: Iterable[Page], action: Any
) -> None:
    """Warn the editor which of the products published in bulk have no picture."""
    if action_type == "publish":
        warn_without_picture(request, products_of(objects, action))


def products_of(objects: Iterable[Page], action: Any) -> Any:
    """Return the product pages that a bulk action changes, with those below if it includes them."""
    found = ProductPage.objects.filter(pk__in=[page.pk for page in objects])
    if action.cleaned_form.cleaned_data.get("include_descendants"):
        for page in objects:
            found |= ProductPage.objects.descendant_of(page)
    return found


def warn_without_picture(request: HttpRequest, pages: Any) -> None:
    """Add a message that names the live pages without a picture, if there are any."""
    titles = list(pages.filter(live=True, image=None).values_list("title", flat=True))
    if titles:
        text = ngettext(
            "This product is published, but it has no picture: %(titles)s."
            " Shoppers see a placeholder instead.",
            "These products are published, but they have no picture: %(titles)s."
            " Shoppers see a placeholder instead.",
            len(titles),
        )
        messages.warning(request, text % {"titles": ", ".join(titles)})
