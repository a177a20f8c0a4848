"""Every kind of email as a mail program shows it, by day and by night."""

import os
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from mail.registry import all_kinds
from mail.render import as_html
from tests.browser.conftest import PHONE

SCREENSHOTS = os.environ.get("SCREENSHOTS", "")
# A page's rules: an email has no landmarks, and its heading is its subject.
NOT_FOR_EMAILS = {
    "rules": {
        rule: {"enabled": False} for rule in ("region", "landmark-one-main", "page-has-heading-one")
    }
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_email_can_be_read(
    chromium: Browser, committed_db: None, scheme: Literal["light", "dark"]
) -> None:
    page = chromium.new_context(viewport=PHONE, color_scheme=scheme).new_page()
    faults = []
    for kind in all_kinds():
        page.set_content(as_html(kind.sample()))
        if page.evaluate("document.documentElement.scrollWidth - window.innerWidth") > 0:
            faults.append(f"{kind.key} is wider than the window")
        found = Axe().run(page, options=NOT_FOR_EMAILS)
        faults += [
            f"{kind.key}: {violation['id']}: {node['html'][:200]}"
            for violation in found.response["violations"]
            for node in violation["nodes"]
        ]
        if SCREENSHOTS:
            Path(SCREENSHOTS).mkdir(parents=True, exist_ok=True)
            file = Path(SCREENSHOTS) / f"email-{kind.key}-{scheme}.jpg"
            page.screenshot(path=file, type="jpeg", quality=70, full_page=True)
    # The mail program's night is used, and the shop's colour is left on the button only.
    background = page.locator(".card").first.evaluate("e => getComputedStyle(e).backgroundColor")
    assert (background == "rgb(255, 255, 255)") == (scheme == "light")
    assert faults == []
