"""What the documentation points to exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_files_that_answer_the_questions_exist() -> None:
    text = (ROOT / "docs/architecture.md").read_text()
    table = text.split("## Where do I …?")[1].split("\n## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("| W") or line.startswith("| H")]
    files = re.findall(r"`([^`]+)`", table)
    assert len(rows) == len(files) - 1 >= 12  # one row names two files
    assert [file for file in files if not (ROOT / file).is_file()] == []


def test_the_tests_that_features_name_exist() -> None:
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", (ROOT / "docs/features.md").read_text())
    assert len(named) >= 60
    missing = [
        f"{path}::{name}"
        for path, name in named
        if f"def {name}(" not in (ROOT / "tests" / path).read_text()
    ]
    assert missing == []
