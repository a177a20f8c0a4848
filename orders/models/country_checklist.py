"""A list of countries to tick, with a field that finds them by name."""

from typing import Any

from django.forms import CheckboxSelectMultiple, Media
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _


class CountryChecklist(CheckboxSelectMultiple):
    """Checkboxes in a box that scrolls. Without JavaScript, the field does nothing."""

    def __init__(self, attrs: dict[str, Any] | None = None, choices: Any = ()) -> None:
        super().__init__({"class": "country-checklist", **(attrs or {})}, choices)

    @property
    def media(self) -> Media:
        """The script that shows only matching countries, and the style of the box."""
        return Media(js=["orders/countries.js"], css={"all": ["orders/countries.css"]})

    def render(self, *args: Any, **kwargs: Any) -> SafeString:
        """Add the field as the first element of the list: Wagtail needs the list to be the root."""
        start, end, rest = super().render(*args, **kwargs).partition(">")
        field = format_html(
            '<input type="search" data-country-search autocomplete="off" placeholder="{0}"'
            ' aria-label="{0}">',
            _("Find a country"),
        )
        return mark_safe(start + end) + field + mark_safe(rest)  # noqa: S308 - Django's own HTML
