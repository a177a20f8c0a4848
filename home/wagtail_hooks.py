"""What the shop leaves out of Wagtail's admin: documents and profile pictures."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from wagtail import hooks
from wagtail.admin.views.account import AccountView
from wagtail.api.v2.router import WagtailAPIRouter


class NoDocuments:
    """An API endpoint that is never found, under a name that exists.

    wagtail.documents is not installed. Every admin page still contains the address of its API
    (`wagtail_config` in wagtail/admin/templatetags/wagtailadmin_tags.py), although nothing requests
    it.
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


class AccountWithoutPicture(AccountView):
    """The account page. Nobody may upload a profile picture: only `shop_images` checks uploads."""

    def get_panels(self) -> list[Any]:
        """Return Wagtail's panels but for the one that uploads a file."""
        return [panel for panel in super().get_panels() if panel.name != "avatar"]


@hooks.register("construct_admin_api")
def register_no_documents(router: WagtailAPIRouter) -> None:
    """Make `wagtailadmin_api:documents:listing` a known name."""
    router.register_endpoint("documents", NoDocuments)


@hooks.register("register_admin_urls")
def replace_account_page() -> list[URLPattern]:
    """Return a URL that comes before Wagtail's own for the same path."""
    return [path("account/", AccountWithoutPicture.as_view(), name="shop_account")]
