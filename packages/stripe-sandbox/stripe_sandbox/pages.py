"""What all pages have in common. Everything that is put into a page goes through ``escape``."""

from html import escape
from pathlib import Path
from string import Template

from stripe_sandbox.http_server import Response

FOLDER = Path(__file__).parent / "templates"
STYLE = (FOLDER / "style.css").read_text()
PAGE = Template((FOLDER / "page.html").read_text())
BANNER = "Test payment page: no money is charged."

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "frame-ancestors 'none'",
    # With `no-referrer`, browsers send `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def template(name: str) -> Template:
    """A file of the templates folder."""
    return Template((FOLDER / name).read_text())


def page(title: str, body: str, *, status: int = 200, banner: str = BANNER) -> Response:
    """A whole page; ``body`` is markup already, ``title`` and ``banner`` are text."""
    text = PAGE.substitute(title=escape(title), style=STYLE, banner=escape(banner), body=body)
    return Response(status, text, headers=dict(HEADERS))


def message(title: str, text: str, *, status: int, link: tuple[str, str] | None = None) -> Response:
    """A page with one message, and a link (address, text) if there is one."""
    button = f'<a class="button" href="{escape(link[0])}">{escape(link[1])}</a>' if link else ""
    body = f'<main><div class="card message"><h1>{escape(title)}</h1><p>{escape(text)}</p>{button}</div></main>'
    return page(title, body, status=status)


def redirect(address: str) -> Response:
    """303: the browser loads the address with GET."""
    return Response(303, headers={**HEADERS, "Location": address})
