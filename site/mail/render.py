"""Text and HTML of an email, from the same content."""

import css_inline
from django.conf import settings
from django.template.loader import render_to_string

from mail.registry import Block, Content, Link, Paragraph
from shop_settings.models import ShopSettings

# One for all emails; it never loads anything.
_inliner = css_inline.CSSInliner(load_remote_stylesheets=False)


def as_text(content: Content) -> str:
    """The plain text: paragraphs, `label: value` lines, and addresses."""
    shop = ShopSettings.current()
    parts = [block_as_text(block) for block in content.blocks]
    return "\n\n".join([*parts, "-- \n" + "\n".join(seller(shop))]) + "\n"


def block_as_text(block: Block) -> str:
    """One block as plain text."""
    if isinstance(block, Paragraph):
        return block.text
    if isinstance(block, Link):
        return f"{block.label}:\n{block.url}"
    return "\n".join(f"{label}: {value}" for label, value in block.rows)


def as_html(content: Content) -> str:
    """The HTML, with its styles inlined: many mail programs ignore style sheets."""
    shop = ShopSettings.current()
    blocks = [(type(block).__name__, block) for block in content.blocks]
    context = {
        "content": content,
        "blocks": blocks,
        "shop": shop,
        "seller": seller(shop),
        "site_url": settings.SITE_URL,
    }
    return _inliner.inline(render_to_string("mail/message.html", context))


def seller(shop: ShopSettings) -> list[str]:
    """Who sells: the lines at the end of every email."""
    lines = [
        shop.legal_name or shop.name,
        *shop.legal_address.splitlines(),
        shop.tax_number,
        shop.contact_email,
        shop.contact_phone,
        settings.SITE_URL,
    ]
    return [line.strip() for line in lines if line.strip()]
