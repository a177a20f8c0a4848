"""`{% cached_part "name" value… %}…{% endcached_part %}`: a part of a page that is kept in memory.

Only for what is the same for everybody, or depends on the values alone. In a preview it is rendered
each time.
"""

from typing import Any

from django import template
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.utils.translation import get_language

import memory

register = template.Library()


class CachedPartNode(template.Node):
    """The part, and what it depends on."""

    def __init__(self, parts: NodeList, values: list[FilterExpression]) -> None:
        self.parts, self.values = parts, values

    def render(self, context: Any) -> Any:
        """The part from memory, or rendered now."""
        if getattr(context.get("request"), "is_preview", False):
            return self.parts.render(context)
        key = ("part", get_language(), *(str(value.resolve(context)) for value in self.values))
        return memory.remember(key, lambda: self.parts.render(context))


@register.tag
def cached_part(parser: Parser, token: Token) -> CachedPartNode:
    """Parse the tag and all that it encloses."""
    values = [parser.compile_filter(bit) for bit in token.split_contents()[1:]]
    parts = parser.parse(("endcached_part",))
    parser.delete_first_token()
    return CachedPartNode(parts, values)
