"""Which pages are public, and what Wagtail needs because wagtail.documents is not installed."""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from wagtail import hooks
from wagtail.api.v2.router import WagtailAPIRouter

from home.serving import remember_if_public

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
