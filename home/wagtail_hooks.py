"""Which pages are public, and what Wagtail needs because wagtail.documents is not installed."""

from collections.abc import Iterable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.admin import messages
from wagtail.api.v2.router import WagtailAPIRouter
from wagtail.models import Page

from home import checklist
from home.serving import remember_if_public
from shop_settings.models import LEGAL_PAGES, ShopSettings

# Wrapped around Wagtail's own hook, which checks restrictions: the first is outermost.
hooks.register("on_serve_page", remember_if_public, order=-100)


class NoDocuments:
    """An API endpoint that is never found, under a name that exists.

    Every admin page contains the address of the documents' API (`wagtail_config` in
    wagtail/admin/templatetags/wagtailadmin_tags.py), although nothing requests it.
    """

    class model:
        """The endpoint's model. No other model inherits from it, so no link leads here."""

    @classmethod
    def get_urlpatterns(cls) -> list[URLPattern]:
        """Return the one URL that Wagtail reverses."""
        return [path("", cls.listing, name="listing")]

    @staticmethod
    def listing(request: HttpRequest) -> HttpResponse:
        """Raise Http404."""
        raise Http404


@hooks.register("construct_admin_api")
def register_no_documents(router: WagtailAPIRouter) -> None:
    """Make `wagtailadmin_api:documents:listing` a known name."""
    router.register_endpoint("documents", NoDocuments)


hooks.register("construct_homepage_panels", checklist.add_panel)


@hooks.register("before_delete_page")
def keep_legal_page(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Refuse to delete a page that the footer, and perhaps the checkout, needs."""
    return refuse_legal_pages(request, [page], reverse("wagtailadmin_explore", args=[page.pk]))


@hooks.register("before_bulk_action")
def keep_legal_pages(
    request: HttpRequest, action_type: str, objects: Iterable[Page], action: Any
) -> HttpResponse | None:
    """Refuse a bulk deletion that contains such a page."""
    if action_type != "delete":
        return None
    pages = [each for each in objects if isinstance(each, Page)]
    return refuse_legal_pages(request, pages, action.next_url)


def refuse_legal_pages(
    request: HttpRequest, pages: Iterable[Page], back: str
) -> HttpResponse | None:
    """Lead back with a reason if one of the pages, or one below them, is a legal page."""
    shop = ShopSettings.objects.select_related(*LEGAL_PAGES).first()
    legal = [page for name in LEGAL_PAGES if shop and (page := getattr(shop, name))]
    titles = [
        each.title for each in legal if any(each.path.startswith(page.path) for page in pages)
    ]
    if not titles:
        return None
    text = _(
        "Nothing was deleted. The shop needs these pages: %(titles)s. Choose others first, under"
        " Settings → Shop."
    )
    messages.error(request, text % {"titles": ", ".join(titles)})
    return redirect(back)
