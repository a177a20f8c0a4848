"""What the shop's editors need not see of Wagtail."""

from django.http import HttpRequest
from wagtail import hooks
from wagtail.admin.menu import MenuItem


@hooks.register("construct_main_menu")
def hide_documents(request: HttpRequest, items: list[MenuItem]) -> None:
    """Products have no documents; the app is installed for Wagtail's own pages only."""
    items[:] = [item for item in items if item.name != "documents"]
