"""Views that replace some of Wagtail's admin."""

from typing import Any

from django.views.decorators.cache import never_cache
from wagtail.admin.auth import require_admin_access
from wagtail.admin.views.account import AccountView


class AccountWithoutPicture(AccountView):
    """The account page. Nobody may upload a profile picture: only `shop_images` checks uploads."""

    def get_panels(self) -> list[Any]:
        """Return Wagtail's panels but for the one that uploads a file."""
        return [panel for panel in super().get_panels() if panel.name != "avatar"]


account = never_cache(require_admin_access(AccountWithoutPicture.as_view()))
