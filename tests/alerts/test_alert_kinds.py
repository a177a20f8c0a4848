"""Every kind of alert is declared once, and documented for operators."""

import re

import pytest
from django.conf import settings

from alerts.registry import AlertKind, all_kinds

ROW = re.compile(r"^\| `(?P<key>[\w-]+)` \|(?P<cells>.*)\|$", re.MULTILINE)


def documented() -> dict[str, list[str]]:
    """The table of docs/operators.md: title, severity, meaning and what to do, by key."""
    text = (settings.ROOT / "docs" / "operators.md").read_text(encoding="utf-8")
    section = text.partition("\n## Alerts\n")[2].partition("\n## ")[0]
    found = [(row["key"], row["cells"]) for row in ROW.finditer(section)]
    assert len(found) == len(dict(found)), "a kind is listed twice"
    return {key: [cell.strip() for cell in cells.split("|")] for key, cells in found}


def test_the_operators_page_lists_exactly_the_declared_kinds() -> None:
    declared = {
        kind.key: [
            str(text) for text in (kind.title, kind.severity.label, kind.meaning, kind.what_to_do)
        ]
        for kind in all_kinds()
    }
    assert documented() == declared


@pytest.mark.parametrize("kind", all_kinds(), ids=lambda kind: kind.key)
def test_a_kind_has_texts_and_a_screen(kind: AlertKind) -> None:
    assert kind.admin_url.startswith("/admin/")
    for text in (str(kind.meaning), str(kind.what_to_do)):
        assert text.endswith(".") and text[0].isupper()
    assert not str(kind.title).endswith(".")
