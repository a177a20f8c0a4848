"""Views that replace some of Wagtail's admin."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from wagtail.admin.auth import require_admin_access
from wagtail.admin.forms.choosers import ExternalLinkChooserForm, URLOrAbsolutePathField
from wagtail.admin.views.account import AccountView
from wagtail.admin.views.chooser import ExternalLinkView


class AccountWithoutPicture(AccountView):
    """The account page. Nobody may upload a profile picture: only `shop_images` checks uploads."""

    def get_panels(self) -> list[Any]:
        """Return Wagtail's panels but for the one that uploads a file."""
        return [panel for panel in super().get_panels() if panel.name != "avatar"]


class LinkField(URLOrAbsolutePathField):
    """Wagtail's field, which fails if the address is missing from the request."""

    def to_python(self, value: str | None) -> str:
        """Return the address; an empty one is reported as an error of the form."""
        return super().to_python(value or "")


class LinkForm(ExternalLinkChooserForm):
    """The address and the text of a link to another site."""

    url = LinkField(label=_("URL"))


account = never_cache(require_admin_access(AccountWithoutPicture.as_view()))
choose_external_link = never_cache(
    require_admin_access(ExternalLinkView.as_view(form_class=LinkForm))
)
