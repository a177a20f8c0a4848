"""Rejects rich text with links that cannot work, and text that cannot be shown.

Wagtail stores a link as the browser sends it. One whose id is a word made the page, and the editor
of the page, an error for everybody.
"""

from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from wagtail.rich_text import expand_db_html
from wagtail.rich_text.rewriters import FIND_A_TAG, FIND_EMBED_TAG, extract_attrs

LARGEST_ID = 2**31 - 1  # of a page
# What Wagtail's converters raise for markup that they did not write themselves.
UNCONVERTIBLE = (AssertionError, AttributeError, LookupError, TypeError, ValueError)


def validate_rich_text(html: str, editor: forms.Widget) -> None:
    """Raise ValidationError for a text with an unusable link, or one that Wagtail cannot show or
    edit in this editor. A link to a page that was deleted is accepted.
    """
    tags = [*FIND_A_TAG.findall(html), *FIND_EMBED_TAG.findall(html)]
    if not all(is_usable(extract_attrs(tag)) for tag in tags):
        raise ValidationError(
            _("A link in this text does not work. Remove it, or choose it again.")
        )
    try:
        expand_db_html(html)
        editor.format_value(html)
    except UNCONVERTIBLE as error:
        raise ValidationError(_("This text cannot be shown. Enter it again.")) from error


def is_usable(attributes: dict[str, str]) -> bool:
    """Whether the id of a link or picture, or the address of a link, can be one."""
    if "id" in attributes:
        return is_id(attributes["id"])
    return is_address(attributes.get("href", ""))


def is_id(text: str) -> bool:
    """Whether a row can have this id."""
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST_ID))
    return is_number and 0 < int(text) <= LARGEST_ID


def is_address(text: str) -> bool:
    """Whether a browser can follow this address. Wagtail has removed those of `javascript:`."""
    try:
        parts = urlsplit(text)
        return parts.scheme not in ("http", "https") or bool(parts.hostname and parts.port != 0)
    except ValueError:
        return False
