"""The links to pages in rich text: one whose id cannot be an id does no harm.

`text.rich_text` refuses such links. With Wagtail's own classes, a page that has one already is an
error for visitors and in the editor.
"""

from collections.abc import Iterable
from typing import Any

from wagtail.admin.rich_text.converters.html_to_contentstate import PageLinkElementHandler
from wagtail.rich_text.feature_registry import FeatureRegistry
from wagtail.rich_text.pages import PageLinkHandler

from text.rich_text import is_id

NO_PAGE = {"id": "0"}


class PageLinks(PageLinkHandler):
    """Wagtail's links to pages; one with an unusable id leads nowhere, as if it were deleted."""

    @classmethod
    def get_many(cls, attrs_list: list[dict[str, str]]) -> list[Any]:
        """The pages; None for a link without one."""
        wanted = [attrs if is_id(attrs.get("id", "")) else NO_PAGE for attrs in attrs_list]
        found: list[Any] = super().get_many(wanted)
        return found

    @classmethod
    def extract_references(cls, attrs: dict[str, str]) -> Iterable[Any]:
        """What Wagtail remembers of a link, to warn before its page is deleted."""
        return super().extract_references(attrs) if is_id(attrs.get("id", "")) else ()


class PageLinksInEditor(PageLinkElementHandler):
    """The same for the editor, which shows such a link as broken, so that it can be removed."""

    def get_attribute_data(self, attrs: dict[str, str]) -> dict[str, Any]:
        """What the editor needs to know of a link."""
        usable = attrs if is_id(attrs.get("id", "")) else NO_PAGE
        data: dict[str, Any] = super().get_attribute_data(usable)
        return data


def register_page_links(features: FeatureRegistry) -> None:
    """Use these classes instead of Wagtail's, which have been registered before."""
    features.register_link_type(PageLinks)
    rule = features.converter_rules_by_converter["contentstate"]["link"]
    rule["from_database_format"]['a[linktype="page"]'] = PageLinksInEditor("LINK")
