"""The parts of the control page: tables, buttons, IDs and times."""

import time
from html import escape

from stripe_sandbox.state import Record


def button(command: str, label: str, style: str = "quiet", **values: str) -> str:
    """A form with one button that sends a command of the control API."""
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">'
        for name, value in values.items()
    )
    return (
        f'<form method="post" action="/_sandbox/{command}"><input type="hidden" name="from_page" value="1">{hidden}'
        f'<button class="{style}">{label}</button></form>'
    )


def table(title: str, heads: list[str], rows: list[list[str]]) -> str:
    """A table; cells are markup already."""
    if not rows:
        return f'<section class="card"><h2>{title}</h2><p class="empty">None yet.</p></section>'
    head = "".join(f"<th>{name}</th>" if name else "<td></td>" for name in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    table = f"<h2>{title}</h2><table><tr>{head}</tr>{body}</table>"
    # A wide table is scrolled sideways, also with the keyboard.
    return f'<section class="card" tabindex="0">{table}</section>'


def breakable(text: str) -> str:
    """A name that may be broken at its dots and underscores, because a phone is narrow."""
    return escape(text).replace(".", ".<wbr>").replace("_", "_<wbr>")


def code(text: str) -> str:
    """An ID, as markup."""
    return f"<code>{escape(text)}</code>"


def time_of(record: Record) -> str:
    """The time of an object's creation, in UTC."""
    return time.strftime("%d %b %H:%M:%S", time.gmtime(record["created"]))
