"""What the admin's menus leave out, and the links in rich text."""

from django.http import HttpRequest
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from vipratech.middleware.admin_access import sees_everything
from vipratech.page_links import register_page_links

hooks.register("register_rich_text_features", register_page_links, order=1)  # after Wagtail's own


@hooks.register("construct_reports_menu")
def hide_site_history(request: HttpRequest, items: list[MenuItem]) -> None:
    """Leave the site history out for those who may not open it."""
    if not sees_everything(request.user):
        items[:] = [item for item in items if item.name != "site-history"]
