"""The part of wagtail.documents that Wagtail's admin cannot do without.

The shop has no documents, so that app is not installed. Every admin page still contains the address
of its API (`wagtail_config` in wagtail/admin/templatetags/wagtailadmin_tags.py), although nothing
requests it.
"""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from wagtail import hooks
from wagtail.api.v2.router import WagtailAPIRouter


class NoDocuments:
    """An API endpoint that does not exist, with an address that does."""

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
