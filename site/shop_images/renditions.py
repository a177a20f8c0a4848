"""Every size in which an image is shown. Templates name them; an upload makes all of them.

A specification is written as in Wagtail's image tags, with `|` between its parts.
See https://docs.wagtail.org/en/stable/topics/images.html
"""

from wagtail.images.models import Filter

SPECS = {
    "card": "format-{webp,jpeg}|fill-{480x360,960x720}",
    "page": "format-{webp,jpeg}|width-{640,1200}",
    "line": "format-webp|fill-208x156",
    "logo": "format-webp|max-480x80",  # twice the size that the header shows it in
    # For other sites that show a link to the page. Not all of them know WebP.
    "sharing": "format-jpeg|width-1200",
    # Wagtail's own screens: lists and choosers, the image's page.
    "admin": "max-{165x165,800x600}",
}


def filters(name: str) -> list[Filter]:
    """Return Wagtail's filters for one of SPECS. Raises KeyError for another name."""
    return [Filter(spec=spec) for spec in Filter.expand_spec(SPECS[name])]


def all_filters() -> list[Filter]:
    """Return the filters of all specifications, each once."""
    return list(dict.fromkeys(found for name in SPECS for found in filters(name)))
